{{- /* SPDX-License-Identifier: Apache-2.0 */ -}}
{{- /* What the Pods of the Deployment and that of `helm test` have in common. */ -}}

{{- define "tlsrouted.automount" -}}
{{- $automount := ((.Values.serviceAccount).minter).automountServiceAccountToken -}}
{{ kindIs "invalid" $automount | ternary true $automount }}
{{- end }}

{{- define "tlsrouted.testLabels" -}}
{{- $labels := include "tlsrouted.labels" . | fromYaml -}}
{{- /* Not what the selectors of the release look for. */ -}}
{{- $_ := set $labels "app.kubernetes.io/name" (printf "%s-test" (include "tlsrouted.name" .)) -}}
{{ toYaml $labels }}
{{- end }}

{{- define "tlsrouted.podFields" -}}
{{- with include "tlsrouted.imagePullSecrets" . }}
imagePullSecrets: {{- . | trim | nindent 2 }}
{{- end }}
{{- if not (kindIs "invalid" .Values.hostUsers) }}
hostUsers: {{ .Values.hostUsers }}
{{- end }}
{{- range $field, $value := dict
    "securityContext" .Values.podSecurityContext "nodeSelector" .Values.nodeSelector
    "tolerations" .Values.tolerations "affinity" .Values.affinity
    "priorityClassName" .Values.priorityClassName "runtimeClassName" .Values.runtimeClassName
    "hostAliases" .Values.hostAliases "dnsPolicy" .Values.dnsPolicy "dnsConfig" .Values.dnsConfig }}
{{- with $value }}
{{ $field }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{- define "tlsrouted.containerFields" -}}
image: {{ include "tlsrouted.image" . | quote }}
{{- with (.Values.image).pullPolicy }}
imagePullPolicy: {{ . }}
{{- end }}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.securityContext }}
securityContext:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  - name: configuration
    mountPath: /etc/tlsrouted
    readOnly: true
  # The one folder that it writes to: the control socket is there.
  - name: run
    mountPath: {{ include "tlsrouted.socket" . | dir }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- /* (list ROOT CONFIGMAP) */ -}}
{{- define "tlsrouted.volumes" -}}
- name: configuration
  configMap:
    name: {{ index . 1 }}
- name: run
  emptyDir:
    medium: Memory
    sizeLimit: 1Mi
{{- with (index . 0).Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
