{{- define "modelkeeper.selector" -}}
app.kubernetes.io/name: modelkeeper
app.kubernetes.io/component: operator
{{- end }}

{{- define "modelkeeper.labels" -}}
{{ include "modelkeeper.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}
