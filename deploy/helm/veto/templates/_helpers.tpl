{{- define "veto.labels" -}}
app.kubernetes.io/name: veto
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
{{- define "veto.selector" -}}
app.kubernetes.io/name: veto
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "veto.fullname" -}}
{{- if contains "veto" .Release.Name }}{{ .Release.Name }}{{ else }}{{ .Release.Name }}-veto{{ end -}}
{{- end }}
