package outbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"

	"quittance/internal/fault"
)

const mostAnswer = 2 << 10 // bytes of a webhook's answer that are read

// Call sends the message of an attempt to its webhook: any 2xx takes it. A redirect is not followed, and so no way inside. The client says
// which addresses may be called, and how long that may take.
func Call(ctx context.Context, client *http.Client, a *Attempt, secrets []string, at time.Time) Result {
	body, err := a.body()
	if err != nil {
		return Result{Final: true, Detail: err.Error()}
	}
	signature, err := Sign(secrets, a.ID, at, body)
	if err != nil {
		return Result{Detail: err.Error(), Down: true}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, a.Webhook.URL, bytes.NewReader(body))
	if err != nil {
		return Result{Final: true, Detail: err.Error()}
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Quittance-Webhooks/1")
	r.Header.Set(HeaderID, a.ID)
	r.Header.Set(HeaderTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(HeaderSignature, signature)
	once := *client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Do(r)
	if err != nil {
		return Result{Down: true, Detail: plainError(err)}
	}
	defer resp.Body.Close()
	said, _ := io.ReadAll(io.LimitReader(resp.Body, mostAnswer))
	return answered(resp, plainText(string(said), 200), at)
}

// answered says what follows from an answer.
func answered(resp *http.Response, said string, now time.Time) Result {
	r := Result{Status: resp.StatusCode, Detail: fmt.Sprintf("it answered %d", resp.StatusCode)}
	if said != "" {
		r.Detail += ": " + said
	}
	switch c := resp.StatusCode; {
	case c >= 200 && c < 300:
		return Result{Delivered: true, Status: c}
	case c >= 300 && c < 400:
		r.Detail = fmt.Sprintf("it answered %d, and led elsewhere; redirects are not followed: change the address of the webhook", c)
	case c == http.StatusGone:
		r.Gone = true
	case c == http.StatusTooManyRequests || c == http.StatusServiceUnavailable:
		r.Down, r.After = true, retryAfter(resp.Header.Get("Retry-After"), now)
	case c >= 500 || c == http.StatusRequestTimeout:
		r.Down = true
	}
	return r
}

// retryAfter reads how long a receiver asks to be left alone; 0: it does not say.
func retryAfter(text string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(text); err == nil && n > 0 && n < 1<<30 {
		return time.Duration(n) * time.Second
	}
	if t, err := http.ParseTime(text); err == nil && t.After(now) {
		return t.Sub(now)
	}
	return 0
}

// plainError words an error of a call without what the libraries put around it.
func plainError(err error) string {
	var ours *fault.Error
	switch {
	case errors.As(err, &ours):
		return ours.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return "it did not answer in time"
	}
	return err.Error()
}

// body gives the body of the message; it is the same at each attempt.
func (a *Attempt) body() ([]byte, error) {
	if len(a.Events) == 0 {
		return json.Marshal(message{Type: a.Kind, Timestamp: Time(a.MadeAt), Company: a.Company, Actor: a.Webhook.MadeBy, Data: json.RawMessage(`{}`)})
	}
	return a.Events[0].Body(a.Company)
}
