/* SPDX-License-Identifier: Apache-2.0 */
/* How far the API server is trusted is written in one place. libcurl's defaults would let the
 * environment, files and redirects decide. */
#include "common/api/handle.h"

#include "common/base/delays.h"
#include "common/base/log.h"
#include "common/base/memory.h"

#include <stdlib.h>
#include <string.h>

/* Of libcurl's buffers, each handle has its own. Most of what comes and goes is smaller, and there
 * may be thousands of streams. */
enum {
    RECEIVE_BYTES = 4 * 1024,
    SEND_BYTES = 16 * 1024 /* the least that libcurl takes */
};

enum {
    IDLE_MAX = 32, /* handles kept; each is some 10 KB */
};

struct api_handles {
    char *server;
    char *url;                     /* that requests begin with; see use_tls_name() */
    char *host;                    /* the header that names the server then, or NULL */
    struct curl_slist *connect_to; /* the server then */
    char *proxy;                   /* or "" */
    struct curl_slist *pin;        /* of names to an address */
    char *ca_pem;
    char *user_agent;
    long connect_seconds, request_seconds;
    CURL *idle[IDLE_MAX];
    size_t idle_count;
};

static void check_server(const char *server);
static void use_tls_name(struct api_handles *, const char *name);
static char *proxy_url(const char *given);
static CURL *new_handle(const struct api_handles *);
static void set_trust(CURL *, const struct api_handles *);
static void set_proxy(CURL *, const struct api_handles *);
static void set_http(CURL *, const struct api_handles *);
static void set_connection(CURL *, const struct api_handles *);
static int is_connected(void *, curl_socket_t, curlsocktype);
static void pin_names(struct api_handles *, const char *url);
static long seconds_or(unsigned seconds, unsigned usual);

struct api_handles *api_handles_new(const struct api_settings *settings)
{
    struct api_handles *handles = memory_new(1, sizeof(*handles));
    size_t length;

    handles->server = memory_text(settings->server);
    handles->proxy = proxy_url(settings->proxy != NULL ? settings->proxy : "");
    handles->ca_pem = memory_text(settings->ca_pem);
    handles->user_agent = memory_text(settings->user_agent);
    handles->connect_seconds = seconds_or(settings->connect_seconds, API_CONNECT_SECONDS);
    handles->request_seconds = seconds_or(settings->request_seconds, API_REQUEST_SECONDS);
    for (length = strlen(handles->server); length > 0 && handles->server[length - 1] == '/';)
        handles->server[--length] = '\0';
    api_handle_check(curl_global_init(CURL_GLOBAL_DEFAULT), "curl_global_init");
    check_server(handles->server);
    use_tls_name(handles, settings->tls_name != NULL ? settings->tls_name : "");
    pin_names(handles, handles->proxy[0] != '\0' ? handles->proxy : handles->server);
    api_handles_give(handles, new_handle(handles)); /* wrong options show now rather than later */
    return handles;
}

void api_handles_free(struct api_handles *handles)
{
    while (handles->idle_count > 0)
        curl_easy_cleanup(handles->idle[--handles->idle_count]);
    curl_global_cleanup();
    curl_slist_free_all(handles->pin);
    curl_slist_free_all(handles->connect_to);
    free(handles->server);
    free(handles->url);
    free(handles->host);
    free(handles->proxy);
    free(handles->ca_pem);
    free(handles->user_agent);
    free(handles);
}

const char *api_handles_server(const struct api_handles *handles)
{
    return handles->server;
}

const char *api_handles_url(const struct api_handles *handles)
{
    return handles->url;
}

char *api_handles_host(const struct api_handles *handles)
{
    return handles->host;
}

bool api_handles_have_tls_proxy(const struct api_handles *handles)
{
    return strncmp(handles->proxy, "https://", 8) == 0;
}

CURL *api_handles_take(struct api_handles *handles, bool is_limited, bool multiplex)
{
    CURL *easy =
        handles->idle_count > 0 ? handles->idle[--handles->idle_count] : new_handle(handles);

    API_HANDLE_SET(easy, CURLOPT_TIMEOUT, is_limited ? handles->request_seconds : 0L);
    API_HANDLE_SET(easy, CURLOPT_PIPEWAIT, multiplex ? 1L : 0L);
    return easy;
}

void api_handles_give(struct api_handles *handles, CURL *easy)
{
    if (handles->idle_count == IDLE_MAX) {
        curl_easy_cleanup(easy);
        return;
    }
    API_HANDLE_SET(easy, CURLOPT_HTTPHEADER, NULL);
    API_HANDLE_SET(easy, CURLOPT_SSLCERT_BLOB, NULL);
    API_HANDLE_SET(easy, CURLOPT_SSLKEY_BLOB, NULL);
    API_HANDLE_SET(easy, CURLOPT_POSTFIELDS, NULL);
    API_HANDLE_SET(easy, CURLOPT_ERRORBUFFER, NULL);
    API_HANDLE_SET(easy, CURLOPT_OPENSOCKETDATA, NULL);
    API_HANDLE_SET(easy, CURLOPT_PRIVATE, NULL);
    handles->idle[handles->idle_count++] = easy;
}

void api_handles_rest(struct api_handles *handles)
{
    while (handles->idle_count > 1)
        curl_easy_cleanup(handles->idle[--handles->idle_count]);
}

void api_handle_check(CURLcode code, const char *option)
{
    if (code == CURLE_OK)
        return;
    log_error("libcurl rejects an option; this is a bug", LOG_TEXT("option", option),
              LOG_TEXT("reason", curl_easy_strerror(code)));
    abort();
}

static void check_server(const char *server)
{
    CURLU *parsed = curl_url();
    char *scheme = NULL;

    if (curl_url_set(parsed, CURLUPART_URL, server, 0) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
        strcmp(scheme, "https") != 0) {
        log_error("the address of the API server must be https://HOST[:PORT][/PREFIX]",
                  LOG_TEXT("server", server));
        abort();
    }
    curl_free(scheme);
    curl_url_cleanup(parsed);
}

/* libcurl checks the certificate for the host of the URL, and there is no option for another name.
 * So where the certificate is for another one, that stands in the URL, and the server is where to
 * connect to, and in the header, as kubectl has it. */
static void use_tls_name(struct api_handles *handles, const char *name)
{
    const char *authority = handles->server + strlen("https://");
    const char *end = strchr(authority, ']');
    const size_t host = authority[0] == '[' && end != NULL ? (size_t)(end + 1 - authority)
                                                           : strcspn(authority, ":/");
    const bool is_ipv6 = strchr(name, ':') != NULL;
    char *entry;

    if (name[0] == '\0') {
        handles->url = memory_text(handles->server);
        return;
    }
    handles->url = memory_format("https://%s%s%s%s", is_ipv6 ? "[" : "", name, is_ipv6 ? "]" : "",
                                 authority + host);
    handles->host = memory_format("Host: %.*s", (int)strcspn(authority, "/"), authority);
    entry = memory_format("::%.*s:", (int)host, authority);
    handles->connect_to = curl_slist_append(NULL, entry);
    free(entry);
}

/* The proxy looks up the server's name: here nobody can. Go, and so kubectl, understands socks5
 * that way too. */
static char *proxy_url(const char *given)
{
    static const char scheme[] = "socks5://";
    const size_t length = sizeof(scheme) - 1;

    if (strncmp(given, scheme, length) != 0)
        return memory_text(given);
    return memory_format("socks5h://%s", given + length);
}

static CURL *new_handle(const struct api_handles *handles)
{
    CURL *easy = curl_easy_init();

    if (easy == NULL)
        api_handle_check(CURLE_OUT_OF_MEMORY, "curl_easy_init");
    set_trust(easy, handles);
    set_proxy(easy, handles);
    set_http(easy, handles);
    set_connection(easy, handles);
    return easy;
}

/* The given trust anchors and no others: libcurl's built-in file and folder are taken out. */
static void set_trust(CURL *easy, const struct api_handles *handles)
{
    struct curl_blob anchors = {
        .data = handles->ca_pem, .len = strlen(handles->ca_pem), .flags = CURL_BLOB_NOCOPY};

    API_HANDLE_SET(easy, CURLOPT_PROTOCOLS_STR, "https");
    API_HANDLE_SET(easy, CURLOPT_CAINFO, NULL);
    API_HANDLE_SET(easy, CURLOPT_CAPATH, NULL);
    API_HANDLE_SET(easy, CURLOPT_CAINFO_BLOB, &anchors);
    API_HANDLE_SET(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    API_HANDLE_SET(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    API_HANDLE_SET(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

/* A proxy that speaks TLS has to prove itself to the same anchors, as with kubectl. It is shown no
 * identity of ours, and asked for no way to authenticate that would open files. */
static void set_proxy(CURL *easy, const struct api_handles *handles)
{
    struct curl_blob anchors = {
        .data = handles->ca_pem, .len = strlen(handles->ca_pem), .flags = CURL_BLOB_NOCOPY};

    API_HANDLE_SET(easy, CURLOPT_PROXY, handles->proxy);
    API_HANDLE_SET(easy, CURLOPT_NOPROXY, "");
    API_HANDLE_SET(easy, CURLOPT_SOCKS5_AUTH, (long)CURLAUTH_BASIC);
    API_HANDLE_SET(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
    API_HANDLE_SET(easy, CURLOPT_PROXY_CAINFO, NULL);
    API_HANDLE_SET(easy, CURLOPT_PROXY_CAPATH, NULL);
    API_HANDLE_SET(easy, CURLOPT_PROXY_CAINFO_BLOB, &anchors);
    API_HANDLE_SET(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 1L);
    API_HANDLE_SET(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 2L);
    API_HANDLE_SET(easy, CURLOPT_PROXY_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
}

/* Nothing in the environment, in a home folder or in a response may change where a request with our
 * token goes. */
static void set_http(CURL *easy, const struct api_handles *handles)
{
    API_HANDLE_SET(easy, CURLOPT_FOLLOWLOCATION, 0L);
    API_HANDLE_SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    API_HANDLE_SET(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    API_HANDLE_SET(easy, CURLOPT_PATH_AS_IS, 1L);
    API_HANDLE_SET(easy, CURLOPT_ACCEPT_ENCODING, "identity"); /* and what comes is decoded */
    API_HANDLE_SET(easy, CURLOPT_USERAGENT, handles->user_agent);
    API_HANDLE_SET(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
}

/* libcurl 7.88 looks at a socket that is connected already only when it would try an address of the
 * other family, of which there is none: without a delay of its own, after 200 ms. */
static void set_connection(CURL *easy, const struct api_handles *handles)
{
    API_HANDLE_SET(easy, CURLOPT_NOSIGNAL, 1L);
    API_HANDLE_SET(easy, CURLOPT_BUFFERSIZE, (long)RECEIVE_BYTES);
    API_HANDLE_SET(easy, CURLOPT_UPLOAD_BUFFERSIZE, (long)SEND_BYTES);
    API_HANDLE_SET(easy, CURLOPT_CONNECTTIMEOUT, handles->connect_seconds);
    API_HANDLE_SET(easy, CURLOPT_HAPPY_EYEBALLS_TIMEOUT_MS, (long)API_CONNECTED_MILLISECONDS);
    API_HANDLE_SET(easy, CURLOPT_SOCKOPTFUNCTION, is_connected);
    API_HANDLE_SET(easy, CURLOPT_RESOLVE, handles->pin);
    API_HANDLE_SET(easy, CURLOPT_CONNECT_TO, handles->connect_to);
}

static int is_connected(void *context, curl_socket_t descriptor, curlsocktype purpose)
{
    (void)context;
    (void)descriptor;
    (void)purpose;
    return CURL_SOCKOPT_ALREADY_CONNECTED;
}

/* Gives every name an address at the port of URL, so that libcurl never looks one up. The address
 * is not used: it is one of those reserved for documentation (RFC 5737). */
static void pin_names(struct api_handles *handles, const char *url)
{
    CURLU *parsed = curl_url();
    char *port = NULL, *entry;

    if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK ||
        curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
        log_error("the address of the API server or the proxy is not valid",
                  LOG_TEXT("address", url));
        abort();
    }
    entry = memory_format("*:%s:192.0.2.1", port);
    handles->pin = curl_slist_append(NULL, entry);
    free(entry);
    curl_free(port);
    curl_url_cleanup(parsed);
}

static long seconds_or(unsigned seconds, unsigned usual)
{
    return (long)(seconds > 0 ? seconds : usual);
}
