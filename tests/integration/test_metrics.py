# SPDX-License-Identifier: Apache-2.0
"""The exporter: what it tells, and to whom."""

import json
import os
import re
import shutil
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections import Counter
from contextlib import contextmanager
from pathlib import Path

import pytest

from cluster import expected_spec, pool_manifest
from daemon import ROLES, TLSROUTED, TOP, children, is_running, user
from labs import READS_TOO
from packets import SUPERVISOR_LINK, message, send, take_socket
from scrape import free_port, get, samples, value
from waiting import eventually

OWN_LAB = {"audit_policy": READS_TOO}
GRAFANA = TOP / "packaging" / "grafana"
OPEN_METRICS = "application/openmetrics-text;version=1.0.0;q=0.9,text/plain;q=0.5"
HEARTBEAT = {"interval": 1, "timeout": 10}
STATES = ("disabled", "satisfied", "conflict", "not-accepted", "failed", "unsatisfied")
PROCESSES = {"supervisor", "exporter", *ROLES}


@pytest.fixture
def port():
    return free_port()


@pytest.fixture
def exporting(new_daemon, port):
    """A daemon that serves metrics at that port."""
    return new_daemon(heartbeat=HEARTBEAT,
                      metrics={"listen": f"127.0.0.1:{port}"}).start().wait_until_healthy()


def requests_in_audit_log(lab, since: int) -> Counter:
    """By role, verb and code; each once, when its answer began."""
    roles = {user(role): role for role in ROLES}
    found = {event["auditID"]: (roles[event["user"]["username"]], event["verb"],
                                str(event["responseStatus"]["code"]))
             for event in lab.audit_events()[since:]
             if event["user"]["username"] in roles and "responseStatus" in event}
    return Counter(found.values())


def requests_in_metrics(port: int) -> Counter:
    found = Counter()
    for (name, *labels), count in samples(get(port).text).items():
        if name == "tlsrouted_api_requests_total":
            of = dict(labels)
            found[of["role"], of["verb"], of["code"]] += int(count)
    return found


def version() -> str:
    done = subprocess.run([TLSROUTED, "--version"], text=True, capture_output=True, check=True)
    return done.stdout.split()[1]


def test_numbers_while_pools_change(lab, cluster, new_daemon, port):
    since = len(lab.audit_events())
    daemon = new_daemon(heartbeat=HEARTBEAT, metrics={"listen": f"127.0.0.1:{port}"})
    daemon.start().wait_until_healthy()
    cluster.certificate("c", ["puppet"])
    cluster.server("s", "c", [f"p{number}" for number in range(10)])
    for number in range(10):
        cluster.pool(f"p{number}", inject=number < 5)
    cluster.pool("rival", "p0.example.com")
    cluster.pool("off", enabled=False)
    names = [f"p{number}" for number in range(10)]
    eventually(cluster.route_specs, {name: expected_spec(name) for name in names})
    eventually(lambda: len(cluster.names("c")), 6)
    cluster.change_route("p9", enabled=False)
    eventually(lambda: "p9" not in cluster.route_specs())

    eventually(lambda: (requests_in_metrics(port), requests_in_audit_log(lab, since)),
               lambda both: both[0] == both[1], "the API server counted the same")
    eventually(lambda: {state: value(port, "tlsrouted_routes", role="reconciler", state=state)
                        for state in STATES}, {**dict.fromkeys(STATES, 0), "satisfied": 8,
                                               "disabled": 2, "conflict": 2})
    now = samples(get(port).text)

    def of(metric: str, /, **labels: str) -> float:
        return now[(metric, *sorted(labels.items()))]

    assert of("tlsrouted_hostname_conflicts", role="reconciler") == 2
    assert of("tlsrouted_pool_findings", role="reconciler", reason="HostnameConflict") == 2
    assert of("tlsrouted_certificates", role="reconciler", state="right") == 1
    assert of("tlsrouted_certificate_names_injected_total", role="certpatcher") == 5
    assert of("tlsrouted_refused_requests_total", role="certpatcher") == 0
    assert of("tlsrouted_watch_events_total", role="watcher", kind="Pool") >= 13
    assert of("tlsrouted_workqueue_depth", role="reconciler", name="pools") == 0
    assert of("tlsrouted_reconcile_total", role="reconciler", name="pools", result="success") >= 12
    seconds = "tlsrouted_reconcile_duration_seconds"
    count = of(f"{seconds}_count", role="reconciler", name="pools")
    assert count == of(f"{seconds}_bucket", role="reconciler", name="pools", le="+Inf")
    assert count == sum(of("tlsrouted_reconcile_total", role="reconciler", name="pools",
                           result=result) for result in ("success", "error", "later"))
    assert 0 < of(f"{seconds}_sum", role="reconciler", name="pools") < 60
    assert of("tlsrouted_live") == of("tlsrouted_ready") == 1
    assert of("tlsrouted_build_info", version=version()) == 1
    for role in ROLES:
        assert of("tlsrouted_worker_up", role=role) == 1
        assert of("tlsrouted_worker_restarts_total", role=role) == 0
        expiry = of("tlsrouted_token_expiry_timestamp_seconds", role=role)
        assert time.time() < expiry < time.time() + 366 * 24 * 3600
    for process in PROCESSES:
        assert of("tlsrouted_process_resident_memory_bytes", role=process) > 1 << 20
        assert of("tlsrouted_process_cpu_seconds_total", role=process) < 60
    levels = {dict(labels)["role"]: dict(labels)["level"] for (name, *labels) in now
              if name == "tlsrouted_sandbox_info"}
    assert set(levels) == PROCESSES
    assert {role for role, level in levels.items() if "seccomp" in level} == PROCESSES


def test_a_worker_that_dies_is_counted(exporting, port):
    os.kill(exporting.worker_pids()["reconciler"], signal.SIGKILL)
    eventually(lambda: value(port, "tlsrouted_worker_restarts_total", role="reconciler"), 1.0)
    eventually(lambda: value(port, "tlsrouted_worker_in_sync", role="reconciler"), 1.0)
    exporter = next(pid for pid in children_named(exporting.pid, "exporter"))
    os.kill(exporter, signal.SIGKILL)
    eventually(lambda: not is_running(exporter))
    eventually(lambda: reachable(port) and value(port, "tlsrouted_worker_restarts_total",
                                                 role="exporter"), 1.0)
    # What the old one had been told, the new one is too.
    assert value(port, "tlsrouted_worker_restarts_total", role="reconciler") == 1.0


def children_named(pid: int, name: str) -> list[int]:
    return [each for each in children(pid)
            if Path(f"/proc/{each}/comm").read_text(encoding="utf-8") == f"{name}\n"]


def reachable(port: int) -> bool:
    try:
        return get(port).status == 200
    except OSError:
        return False


def test_formats(exporting, port):
    plain = get(port)
    assert plain.status == 200
    assert plain.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert not plain.text.endswith("# EOF\n")
    open_metrics = get(port, accept=OPEN_METRICS)
    assert open_metrics.headers["Content-Type"] == (
        "application/openmetrics-text; version=1.0.0; charset=utf-8")
    assert open_metrics.text.endswith("\n# EOF\n")
    assert "# TYPE tlsrouted_api_requests counter\n" in open_metrics.text
    assert "# UNIT tlsrouted_process_cpu_seconds seconds\n" in open_metrics.text
    changing = re.compile("process|api_request|http|reconcile|queue|watch")
    assert ({key for key in samples(plain.text) if not changing.search(key[0])}
            == {key for key in samples(open_metrics.text) if not changing.search(key[0])})


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs Debian's package prometheus")
def test_promtool(exporting, port):
    done = subprocess.run(["promtool", "check", "metrics"], input=get(port).text, text=True,
                          capture_output=True, timeout=30)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.skipif(not shutil.which("prometheus"), reason="needs Debian's package prometheus")
def test_prometheus_scrapes_it(cluster, exporting, port, folder):
    """Also while Pools change; and it stores what was told."""
    own = free_port()
    (folder / "prometheus.yml").write_text(json.dumps({
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
        "scrape_configs": [{"job_name": "tlsrouted",
                            "static_configs": [{"targets": [f"127.0.0.1:{port}"]}]}]}))
    with (folder / "log").open("wb") as log:
        prometheus = subprocess.Popen(
            ["prometheus", f"--config.file={folder}/prometheus.yml",
             f"--storage.tsdb.path={folder}/data", f"--web.listen-address=127.0.0.1:{own}"],
            stdout=log, stderr=log)

    def ask(query: str) -> list[dict]:
        url = f"http://127.0.0.1:{own}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)["data"]["result"]
        except OSError:
            return []

    try:
        eventually(lambda: [each["value"][1] for each in ask("up")], ["1"], "Prometheus is there")
        for number in range(5):
            cluster.pool(f"p{number}")
        eventually(lambda: [each["value"][1] for each in
                            ask('tlsrouted_routes{state="satisfied"}')], ["5"])
        assert [each["value"][1] for each in ask("min_over_time(up[1m])")] == ["1"]
        assert {each["metric"]["role"] for each in ask("tlsrouted_process_cpu_seconds_total")
                } == PROCESSES
        quantile = ask("histogram_quantile(0.9, sum by (le)"
                       " (tlsrouted_reconcile_duration_seconds_bucket{name='pools'}))")
        assert 0 < float(quantile[0]["value"][1]) <= 30
    finally:
        prometheus.terminate()
        prometheus.wait(20)


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs Debian's package prometheus")
def test_alert_rules():
    done = subprocess.run(["promtool", "check", "rules", GRAFANA / "alerts.yaml"], text=True,
                          capture_output=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.skipif(not shutil.which("promtool"), reason="needs Debian's package prometheus")
def test_alerts_about_leaders():
    """What fires for installations of all sorts that one Prometheus looks after."""
    done = subprocess.run(["promtool", "test", "rules", Path(__file__).parent / "alerts.yaml"],
                          text=True, capture_output=True, timeout=30)
    assert done.returncode == 0, done.stdout + done.stderr


def test_alerts_and_dashboard_use_what_exists(exporting, port):
    """Every metric by its name, and every value of a label that is chosen by name."""
    told = samples(get(port).text)
    names = {name for (name, *_) in told} | set(
        re.findall(r"^# TYPE (\w+) ", get(port).text, re.MULTILINE))
    values = {}
    for _, *labels in told:
        for label, label_value in labels:
            values.setdefault(label, set()).add(label_value)
    for file in ("alerts.yaml", "dashboard.json"):
        text = (GRAFANA / file).read_text(encoding="utf-8").replace('\\"', '"')
        used = set(re.findall(r"\btlsrouted_\w+", text))
        assert len(used) > 10
        assert used - names == set(), f"{file} uses metrics that there are not"
        for label, chosen in re.findall(r'\b(state|role|kind|reason)[!=]~?"([\w|-]+)"', text):
            assert set(chosen.split("|")) <= values[label], f"{file}: {label}={chosen}"
    board = json.loads((GRAFANA / "dashboard.json").read_text(encoding="utf-8"))
    identities = [panel["id"] for panel in board["panels"]]
    assert len(identities) == len(set(identities)) > 10
    unused = {name for name in names if not name.endswith(("_bucket", "_sum", "_count"))} - set(
        re.findall(r"\btlsrouted_\w+", (GRAFANA / "dashboard.json").read_text(encoding="utf-8")))
    assert {name for name in unused if f"{name}_bucket" not in names} == set()


def test_ready_only_with_the_api_server(cluster, new_daemon, port, lab):
    daemon = new_daemon(heartbeat=HEARTBEAT, metrics={"listen": f"127.0.0.1:{port}"},
                        server=f"https://127.0.0.1:{free_port()}").start()
    eventually(lambda: reachable(port))
    page = eventually(lambda: get(port, "/readyz"), lambda page: "not" in page.text.lower())
    assert page.status == 503
    assert "[-]watcher: " in page.text and page.text.endswith("readyz check failed\n")
    eventually(lambda: get(port, "/livez").status, 200)
    assert value(port, "tlsrouted_ready") == 0
    eventually(lambda: (value(port, "tlsrouted_api_requests_total", role="watcher", verb="get",
                              code="error") or 0) > 0, what="the failures are counted")
    for role in ROLES:
        lab.kubeconfig(daemon.kubeconfig(role), token_file=daemon.token_file(role))
    daemon.reload()
    eventually(lambda: get(port, "/readyz").text, "ok\n")
    verbose = get(port, "/readyz?verbose")
    assert verbose.status == 200
    assert {f"[+]{role} ok" for role in (*ROLES, "exporter")} <= set(verbose.text.splitlines())
    assert verbose.text.endswith("readyz check passed\n")
    assert get(port, "/livez?verbose").text.endswith("livez check passed\n")


def test_not_live_without_the_supervisor(exporting, port):
    os.kill(exporting.pid, signal.SIGSTOP)
    try:
        page = eventually(lambda: get(port, "/livez"), lambda page: page.status == 503)
        assert page.text == "the supervisor does not answer\n"
    finally:
        os.kill(exporting.pid, signal.SIGCONT)
    eventually(lambda: get(port, "/livez").status, 200)


def test_other_paths_and_methods(exporting, port):
    assert get(port, "/").status == 404
    assert get(port, "/metrics/../etc/passwd").status == 404
    assert get(port, "/metrics", "POST").status == 405
    assert get(port, "/metrics", "DELETE").headers["Allow"] == "GET, HEAD"
    assert get(port, "/metrics", "BREW").status in (400, 501)
    head = get(port, "/livez", "HEAD")
    assert (head.status, head.text, head.headers["Content-Length"]) == (200, "", "3")


GARBAGE = {
    "nothing of HTTP": b"\x00\xff" * 500 + b"\r\n\r\n",
    "no end of line": b"G" * 100000,
    "large headers": b"GET /metrics HTTP/1.1\r\n" + b"X: y\r\n" * 5000 + b"\r\n",
    "a large body": b"POST /metrics HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n" + b"x" * 100000,
    "a negative body": b"GET /metrics HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
    "a chunk that is too large": b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 b"ffffffffffffffff\r\nx\r\n",
    "another version": b"GET /metrics HTTP/9.9\r\n\r\n",
    "a strange URI": b"GET http://[::1/%zz HTTP/1.1\r\n\r\n",
    "TLS": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\x00" * 500,
}


def test_garbage(exporting, port):
    pid = children_named(exporting.pid, "exporter")
    for garbage in GARBAGE.values():
        with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
            try:
                client.sendall(garbage)
                client.shutdown(socket.SHUT_WR)
                while client.recv(65536):
                    pass
            except OSError:
                pass  # it was right to close
        assert get(port, "/livez").status == 200
    assert children_named(exporting.pid, "exporter") == pid
    assert exporting.said("a worker ended") == []


@contextmanager
def slow_clients(port: int, tls: bool, count: int = 1000):
    """Some silent, some sending a byte now and then, some reading nothing; all come back."""
    crowd = subprocess.Popen(
        [sys.executable, "-B", str(Path(__file__).with_name("slow_clients.py")), str(port),
         "tls" if tls else "plain", str(count)], stdout=subprocess.PIPE, text=True)
    try:
        assert crowd.stdout.readline() == "ready\n"
        yield
    finally:
        crowd.kill()
        crowd.wait()
        crowd.stdout.close()


def seconds_until_live(port: int, tls: ssl.SSLContext | None) -> float:
    began = time.monotonic()
    assert get(port, "/livez", tls=tls).status == 200
    return time.monotonic() - began


def check_probes_among_slow_clients(daemon, port: int, tls: ssl.SSLContext | None) -> None:
    (pid,) = children_named(daemon.pid, "exporter")
    open_before = len(os.listdir(f"/proc/{pid}/fd"))
    with slow_clients(port, tls is not None):
        probes, opened = [], []
        for _ in range(20):
            probes.append(seconds_until_live(port, tls))
            opened.append(len(os.listdir(f"/proc/{pid}/fd")))
        memory = samples(get(port, tls=tls).text)[
            "tlsrouted_process_resident_memory_bytes", ("role", "exporter")]
    assert statistics.median(probes) < 1, probes
    assert max(opened) - open_before <= 512 + 16 + 1, opened
    assert memory < 64 << 20
    eventually(lambda: len(os.listdir(f"/proc/{pid}/fd")) <= open_before, what="all have ended")
    assert children_named(daemon.pid, "exporter") == [pid]
    assert daemon.said("a worker ended") == []


def exporting_tls(new_daemon, port: int, folder):
    """The daemon, with the certificate "first", and what a client needs to trust it."""
    folder.chmod(0o755)
    make_certificate(folder, "first")
    daemon = new_daemon(heartbeat=HEARTBEAT, metrics={
        "listen": f"127.0.0.1:{port}",
        "tls": {"certificateFile": str(folder / "tls.crt"), "keyFile": str(folder / "tls.key")}})
    daemon.start().wait_until_healthy()
    return daemon, ssl.create_default_context(cafile=str(folder / "first.crt"))


def test_slow_clients(exporting, port):
    check_probes_among_slow_clients(exporting, port, None)


def test_slow_clients_with_tls(new_daemon, port, folder):
    """Some say hello, so that the exporter answers, and nothing more."""
    daemon, context = exporting_tls(new_daemon, port, folder)
    check_probes_among_slow_clients(daemon, port, context)


def test_silent_clients_end(exporting, port):
    """A few, who are in nobody's way, are ended by time."""
    slow = [socket.create_connection(("127.0.0.1", port), timeout=20) for _ in range(80)]
    try:
        eventually(lambda: all(is_closed(client) for client in slow), what="each has its end")
    finally:
        for client in slow:
            client.close()


def is_closed(client: socket.socket) -> bool:
    client.setblocking(False)
    try:
        return client.recv(65536) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def make_certificate(folder, name: str) -> None:
    """Puts a new pair where tls.crt and tls.key are."""
    made = [str(folder / f"{name}.{end}") for end in ("key", "crt")]
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                    "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", made[0], "-out", made[1]],
                   check=True, capture_output=True)
    for source, end in zip(made, ("key", "crt")):
        target = folder / f"tls.{end}"
        shutil.copy(source, f"{target}.new")
        os.chmod(f"{target}.new", 0o644)
        os.replace(f"{target}.new", target)


def served_name(port: int) -> str:
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with context.wrap_socket(client) as tls:
            assert tls.version() in ("TLSv1.2", "TLSv1.3")
            certificate = ssl.DER_cert_to_PEM_cert(tls.getpeercert(binary_form=True))
    subject = subprocess.run(["openssl", "x509", "-noout", "-subject"], input=certificate,
                             text=True, check=True, capture_output=True).stdout
    return subject.rpartition("=")[2].strip()


def test_tls(new_daemon, port, folder):
    daemon, context = exporting_tls(new_daemon, port, folder)
    assert get(port, "/readyz", tls=context).text == "ok\n"
    with pytest.raises((OSError, Exception)):
        assert get(port, "/readyz").status != 200
    pid = children_named(daemon.pid, "exporter")

    (folder / "tls.key").write_text("nonsense")
    daemon.reload()
    eventually(lambda: daemon.said("the new configuration cannot be used"))
    assert served_name(port) == "first"

    make_certificate(folder, "second")
    eventually(lambda: served_name(port), "second", "the new certificate is served", seconds=30)
    context = ssl.create_default_context(cafile=str(folder / "second.crt"))
    assert get(port, tls=context).status == 200
    assert children_named(daemon.pid, "exporter") == pid


NOT_THE_EXPORTERS = {
    "a connection": message("CONNECT_REQUEST"),
    "a token": message("TOKEN", 0, "token", 3600),
    "a certificate's names": message("INJECT", 1, "ns", "c", ["evil.example.com"], [], False),
    "how others are": message("HEALTH", True, True, "", ""),
    "the supervisor's number": message("METRIC", 1, 0),
    "garbage": b"\xc1\xff garbage",
}


@pytest.mark.parametrize("packet", NOT_THE_EXPORTERS.values(), ids=NOT_THE_EXPORTERS)
def test_taken_over_exporter(exporting, port, packet):
    """What it sends that is not its to send ends it, and nobody else."""
    pids = exporting.worker_pids()
    with take_socket(pids["exporter"], SUPERVISOR_LINK) as link:
        send(link, packet)
    eventually(lambda: reachable(port) and value(port, "tlsrouted_worker_restarts_total",
                                                 role="exporter"), 1.0)
    assert {**exporting.worker_pids(), "exporter": pids["exporter"]} == pids
    ended = exporting.said("a worker ended", level="error")
    assert [line["worker"] for line in ended] == ["exporter"]


def test_worker_that_counts_for_others(exporting, port):
    with take_socket(exporting.worker_pids()["watcher"], SUPERVISOR_LINK) as link:
        send(link, message("METRIC", 1, 0))
    line = eventually(lambda: exporting.said("a worker ended", worker="watcher"))[0]
    assert line["reason"] == "it reported a metric that is not its own"
    assert value(port, "tlsrouted_live") == 1


def test_exporter_that_asks_and_asks(cluster, exporting, port):
    """The others are served meanwhile, and the supervisor does not grow."""
    (pid,) = children_named(exporting.pid, "exporter")
    before = value(port, "tlsrouted_process_resident_memory_bytes", role="supervisor")
    os.kill(pid, signal.SIGSTOP)  # it reads nothing, then
    with take_socket(pid, SUPERVISOR_LINK) as link:
        link.setblocking(False)
        for number in range(20):
            for _ in range(500):
                try:
                    send(link, message("HEALTH_QUERY"))
                except BlockingIOError:
                    break
            cluster.pool(f"p{number}")
            assert exporting.ctl("status").stdout
    eventually(lambda: len(cluster.route_specs()), 20)
    os.kill(pid, signal.SIGCONT)
    eventually(lambda: reachable(port), what="metrics again")
    after = value(port, "tlsrouted_process_resident_memory_bytes", role="supervisor")
    assert after - before < 8 << 20
    assert exporting.said("a worker ended") == []


def test_a_port_that_is_taken(new_daemon, port):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        daemon = new_daemon(metrics={"listen": f"127.0.0.1:{port}"}).start()
        assert daemon.process.wait(10) == 1
    line = eventually(lambda: daemon.said("cannot listen at metrics.listen"))[0]
    assert (line["address"], line["reason"]) == (f"127.0.0.1:{port}", "Address already in use")


def test_none_is_started_without_a_listener(new_daemon):
    for metrics in ({}, {"metrics": {"listen": ""}}):
        daemon = new_daemon(**metrics).start().wait_until_healthy()
        assert children_named(daemon.pid, "exporter") == []
        daemon.stop()


def test_a_start_decides_once_for_each_pool(cluster, exporting, port):
    """Not with each list that brings something that a Pool depends on."""
    pools = [f"p{number}" for number in range(60)]

    def decisions() -> float:
        return value(port, "tlsrouted_reconcile_total", role="reconciler", name="pools",
                     result="success") or 0

    for name in pools:
        cluster.create(pool_manifest(name))
    eventually(lambda: set(cluster.route_specs()) == set(pools), seconds=60)
    exporting.stop()
    exporting.start().wait_until_healthy()
    eventually(decisions, lambda count: count >= len(pools))
    assert decisions() <= 2 * len(pools)
