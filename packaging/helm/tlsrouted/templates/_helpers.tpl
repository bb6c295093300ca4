{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}
{{- /* Names, labels and the configuration. A value that is not there, as after `helm upgrade --reuse-values`
from a chart that did not have it, is one that is empty: hence the parentheses. */ -}}

{{- define "tlsrouted.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- /* Short enough for "-reconciler" behind it. */ -}}
{{- define "tlsrouted.fullname" -}}
{{- $name := include "tlsrouted.name" . -}}
{{- $default := contains $name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name $name) -}}
{{ .Values.fullnameOverride | default $default | trunc 40 | trimSuffix "-" }}
{{- end }}

{{- define "tlsrouted.namespace" -}}
{{ .Values.namespaceOverride | default .Release.Namespace }}
{{- end }}

{{- /* The namespaces that are served, as a list; empty for all. */ -}}
{{- define "tlsrouted.namespaces" -}}
{{- $namespaces := (.Values.config).namespaces -}}
{{- if and .Values.namespaced (not $namespaces) }}{{ $namespaces = list (include "tlsrouted.namespace" .) }}{{ end -}}
{{ $namespaces | default list | toJson }}
{{- end }}

{{- /* The name of an object that no namespace has. Several releases in one cluster may have the same name. */ -}}
{{- define "tlsrouted.clusterName" -}}
{{- $root := index . 0 -}}
{{ include "tlsrouted.fullname" $root }}-{{ index . 1 }}
{{- if $root.Values.namespaced }}-{{ include "tlsrouted.namespace" $root }}{{ end }}
{{- end }}

{{- /* What the Deployment, its Service, its monitors and its PodDisruptionBudget select by. It can never change. */ -}}
{{- define "tlsrouted.selector" -}}
app.kubernetes.io/name: {{ include "tlsrouted.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tlsrouted.labels" -}}
{{- $labels := include "tlsrouted.selector" . | fromYaml -}}
{{- $_ := set $labels "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-") -}}
{{- $_ := set $labels "app.kubernetes.io/version" .Chart.AppVersion -}}
{{- $_ := set $labels "app.kubernetes.io/managed-by" .Release.Service -}}
{{ merge $labels (.Values.commonLabels | default dict) | toYaml }}
{{- end }}

{{- define "tlsrouted.podLabels" -}}
{{- $labels := include "tlsrouted.selector" . | fromYaml -}}
{{- $_ := set $labels "app.kubernetes.io/version" .Chart.AppVersion -}}
{{ merge $labels (.Values.podLabels | default dict) (.Values.commonLabels | default dict) | toYaml }}
{{- end }}

{{- /* (list ROOT ROLE): the ServiceAccount of a worker. */ -}}
{{- define "tlsrouted.account" -}}
{{- $root := index . 0 -}}
{{- $values := index ($root.Values.serviceAccount | default dict) (index . 1) -}}
{{ ($values).name | default (printf "%s-%s" (include "tlsrouted.fullname" $root) (index . 1)) }}
{{- end }}

{{- define "tlsrouted.image" -}}
{{- $image := .Values.image | default dict -}}
{{- with $image.registry }}{{ . }}/{{ end -}}
{{ $image.repository | default "tlsrouted" }}
{{- if $image.digest }}@{{ $image.digest }}{{ else }}:{{ $image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "tlsrouted.imagePullSecrets" -}}
{{- range concat ((.Values.global).imagePullSecrets | default list) (.Values.imagePullSecrets | default list) }}
- {{ kindIs "string" . | ternary (dict "name" .) . | toJson }}
{{- end }}
{{- end }}

{{- define "tlsrouted.leaseName" -}}
{{ ((.Values.config).lease).name | default (include "tlsrouted.fullname" .) }}
{{- end }}

{{- /* What tlsrouted.yaml is: `config`, and what follows from other values where it says nothing else. */ -}}
{{- define "tlsrouted.configuration" -}}
{{- $config := deepCopy (.Values.config | default dict) -}}
{{- with include "tlsrouted.namespaces" . | fromJsonArray }}{{ $_ := set $config "namespaces" . }}{{ end -}}

{{- $lease := $config.lease | default dict -}}
{{- if ne ($lease.namespace | default (include "tlsrouted.namespace" .)) (include "tlsrouted.namespace" .) -}}
{{- fail (printf "config.lease.namespace is %s: the Lease has to be in %s, where the accounts are. Leave it out." $lease.namespace (include "tlsrouted.namespace" .)) -}}
{{- end -}}
{{- $_ := set $lease "namespace" (include "tlsrouted.namespace" .) -}}
{{- $_ := set $lease "name" (include "tlsrouted.leaseName" .) -}}
{{- $_ := set $config "lease" $lease -}}

{{- $metrics := $config.metrics | default dict -}}
{{- if not (hasKey $metrics "listen") }}{{ $_ := set $metrics "listen" (include "tlsrouted.listen" .) }}{{ end -}}
{{- $_ := set $config "metrics" $metrics -}}

{{- $credentials := $config.credentials | default dict -}}
{{- $files := false -}}
{{- range $role := list "watcher" "reconciler" "certpatcher" -}}
{{- $worker := index $credentials $role | default dict -}}
{{- $account := include "tlsrouted.account" (list $ $role) -}}
{{- if or $worker.kubeconfig $worker.tokenFile }}{{ $files = true }}{{ end -}}
{{- if ne ($worker.serviceAccount | default $account) $account -}}
{{- fail (printf "config.credentials.%s.serviceAccount is %s: set serviceAccount.%s.name instead, which the rights and policies follow." $role $worker.serviceAccount $role) -}}
{{- end -}}
{{- if and (not $files) (ne $account (printf "tlsrouted-%s" $role)) -}}
{{- $_ := set $credentials $role (set $worker "serviceAccount" $account) -}}
{{- end -}}
{{- end -}}
{{- $secret := printf "%s-tokens" (include "tlsrouted.fullname" .) -}}
{{- if and (not $files) (not $credentials.secret) (ne $secret "tlsrouted-tokens") }}{{ $_ := set $credentials "secret" $secret }}{{ end -}}
{{- with $credentials }}{{ $_ := set $config "credentials" . }}{{ end -}}
{{ toYaml $config }}
{{- end }}

{{- define "tlsrouted.tokensSecret" -}}
{{ ((.Values.config).credentials).secret | default (printf "%s-tokens" (include "tlsrouted.fullname" .)) }}
{{- end }}

{{- /* The default of config.metrics.listen: [::] needs IPv6, which not every node has. */ -}}
{{- define "tlsrouted.listen" -}}
{{ has "IPv6" ((.Values.service).ipFamilies | default list) | ternary "[::]" "0.0.0.0" }}:9847
{{- end }}

{{- /* The exporter's port; "" if it is turned off. */ -}}
{{- define "tlsrouted.metricsPort" -}}
{{- $metrics := (.Values.config).metrics | default dict -}}
{{- $listen := hasKey $metrics "listen" | ternary $metrics.listen (include "tlsrouted.listen" .) -}}
{{ regexFind "[0-9]+$" ($listen | default "") }}
{{- end }}

{{- define "tlsrouted.metricsScheme" -}}
{{ empty (((.Values.config).metrics).tls).certificateFile | not | ternary "https" "http" }}
{{- end }}

{{- define "tlsrouted.socket" -}}
{{ ((.Values.config).control).socket | default "/run/tlsrouted/control.sock" }}
{{- end }}

{{- /* (list ROOT PROBE STATE): a probe, with an action that asks for the state, "live" or "ready", if it has none. */ -}}
{{- define "tlsrouted.probe" -}}
{{- $root := index . 0 -}}
{{- $probe := deepCopy (index . 1) -}}
{{- $state := index . 2 -}}
{{- if not (or $probe.httpGet $probe.exec $probe.tcpSocket $probe.grpc) -}}
{{- if include "tlsrouted.metricsPort" $root -}}
{{- $_ := set $probe "httpGet" (dict "path" (printf "/%sz" $state) "port" "metrics" "scheme" (include "tlsrouted.metricsScheme" $root | upper)) -}}
{{- else -}}
{{- $_ := set $probe "exec" (dict "command" (list "/usr/bin/tlsroutectl" "--socket" (include "tlsrouted.socket" $root) "health" (printf "--%s" $state))) -}}
{{- end -}}
{{- end -}}
{{ toYaml $probe }}
{{- end }}

{{- /* Constraints without labelSelector are about the Pods of this release, each revision by itself. */ -}}
{{- define "tlsrouted.topologySpreadConstraints" -}}
{{- range .Values.topologySpreadConstraints }}
{{- $constraint := deepCopy . }}
{{- if not .labelSelector }}
{{- $_ := set $constraint "labelSelector" (dict "matchLabels" (include "tlsrouted.selector" $ | fromYaml)) }}
{{- $_ := set $constraint "matchLabelKeys" (list "pod-template-hash") }}
{{- end }}
{{ toYaml (list $constraint) }}
{{- end }}
{{- end }}

{{- /* (list ROOT VALUES): the end of a ServiceMonitor or PodMonitor. */ -}}
{{- define "tlsrouted.endpoint" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
- port: metrics
  path: /metrics
  scheme: {{ $values.scheme | default (include "tlsrouted.metricsScheme" $root) }}
  {{- range $field := list "interval" "scrapeTimeout" "honorLabels" "relabelings" "metricRelabelings" "tlsConfig" }}
  {{- with index $values $field }}
  {{ $field }}: {{ toJson . }}
  {{- end }}
  {{- end }}
{{- end }}

{{- /* (list ROOT VALUES): the metadata of something for the Prometheus operator. */ -}}
{{- define "tlsrouted.monitorMetadata" -}}
{{- $root := index . 0 -}}
{{- $values := index . 1 -}}
name: {{ include "tlsrouted.fullname" $root }}
namespace: {{ $values.namespace | default (include "tlsrouted.namespace" $root) }}
labels:
  {{- include "tlsrouted.labels" $root | nindent 2 }}
  {{- with $values.additionalLabels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with $values.annotations }}
annotations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
