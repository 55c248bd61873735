package request

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// digest sums up all that an approver approves: equal digests mean that nothing that matters has changed.
func (x *Request) digest() []byte {
	type part struct {
		Name   string
		Amount int64
	}
	content := struct {
		Code, Customer, Kind, Currency string
		Amount, Classification         int64
		Credits, Lines                 []part
		Reason, Source, Method, Payee  string
		Asked                          string
		Files                          []string
	}{
		Code: x.Code, Customer: x.CustomerCode, Kind: string(x.Kind), Currency: x.Currency, Amount: int64(x.Amount), Classification: x.Classification,
		Reason: x.Reason, Source: x.Source, Method: x.Method, Payee: x.PayeeCode, Asked: x.Asked.String(),
	}
	if !x.Fresh { // the credit that the approval makes is no part of what is approved: its lines are
		for _, k := range x.Credits {
			content.Credits = append(content.Credits, part{k.Number, int64(k.Amount)})
		}
	}
	for _, l := range x.Lines {
		content.Lines = append(content.Lines, part{l.Account, int64(l.Amount)})
	}
	for _, f := range x.Files {
		content.Files = append(content.Files, f.Type+" "+hex.EncodeToString(f.SHA256))
	}
	slices.Sort(content.Files)
	text, _ := json.Marshal(content) // plain values
	sum := sha256.Sum256(text)
	return sum[:]
}

// Digest gives the digest of what the request says now.
func (x *Request) Digest() []byte { return x.digest() }

// instant reads microseconds.
func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }

// listed writes names with commas.
func listed(names []string) string { return strings.Join(names, ", ") }
