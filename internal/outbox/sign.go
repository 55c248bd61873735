package outbox

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// The headers of a message to a webhook, as Standard Webhooks names them.
const (
	HeaderID        = "Webhook-Id"
	HeaderTimestamp = "Webhook-Timestamp"
	HeaderSignature = "Webhook-Signature"
)

// Sign gives the signature of a message: one a secret, with spaces between them. Each is v1, and the HMAC-SHA256, in base64, over id, time in
// seconds since 1970 and body, with dots between them.
func Sign(secrets []string, id string, at time.Time, body []byte) (string, error) {
	var all []string
	for _, text := range secrets {
		key, err := secretOf(text)
		if err != nil {
			return "", err
		}
		h := hmac.New(sha256.New, key)
		h.Write([]byte(id + "." + strconv.FormatInt(at.Unix(), 10) + "."))
		h.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(h.Sum(nil)))
	}
	return strings.Join(all, " "), nil
}

// message is the body of what a webhook is sent, of the form that Standard Webhooks recommends.
type message struct {
	Type      Kind            `json:"type"`
	Timestamp string          `json:"timestamp"`
	ID        string          `json:"id,omitempty"` // of the event
	Seq       int64           `json:"seq,omitempty"`
	Company   string          `json:"company"`
	Subject   string          `json:"subject"`
	Actor     string          `json:"actor"`
	Data      json.RawMessage `json:"data"`
}

// Time gives an instant as it is sent and shown.
func Time(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z07:00") }

// Body gives the body of a message that tells of the event; it is the same at each attempt.
func (e *Event) Body(company string) ([]byte, error) {
	return json.Marshal(message{e.Kind, Time(e.At), e.ID, e.Seq, company, e.Subject, e.Actor, e.Data})
}
