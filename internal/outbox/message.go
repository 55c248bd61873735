package outbox

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"

	"github.com/google/uuid"

	"quittance/internal/text"
)

// Mail is a mail as it is read.
type Mail struct {
	ID      string // of the delivery; the Message-ID is made of it
	To      *Reader
	Subject string
	Text    string
	HTML    string
	At      time.Time // when it was made; the same at each attempt
	File    *File     // nil: none
}

// File is what a mail brings.
type File struct {
	Name    string
	Content []byte
}

// mostSubject is how many characters a subject has at most.
const mostSubject = 150

// fields are what a mail shows of the data of an event, in this order; the rest is for programs.
var fields = []string{"title", "count", "amount", "total", "currency", "customer", "payee", "assignee", "step", "clock", "due", "voucher", "source", "how", "reason"}

// Compose writes the mail of an attempt in the language of its reader. base is where the pages are; blank: not said.
func Compose(a *Attempt, base string) (*Mail, error) {
	l := text.Choose(a.Reader.Language, "")
	p := page{Lang: l.Code, Greeting: l.Say("mail.greeting", "name", plainText(orName(a.Reader), 80)), Base: base}
	for i := range a.Events {
		s, err := paragraph(l, a, &a.Events[i])
		if err != nil {
			return nil, err
		}
		p.Events = append(p.Events, s)
	}
	m := &Mail{ID: a.ID, To: a.Reader, At: a.MadeAt}
	for i := range p.Events {
		p.Events[i].Link = linkOf(a, &a.Events[i], base)
	}
	p.Footer = l.Say("mail.footer", "company", plainText(a.Name, 80))
	switch {
	case a.Report != nil:
		p.report(a, m)
	case a.Kind == Digest:
		m.Subject = fill(l, "mail.digest", "n", fmt.Sprint(len(a.Events)), "company", a.Name)
	default:
		m.Subject = p.Events[0].Title
	}
	m.Subject = plainText(m.Subject, mostSubject)
	m.Text = p.text()
	var b strings.Builder
	err := layout.Execute(&b, p)
	m.HTML = b.String()
	return m, err
}

// report words the mail of a report: what it was asked for, what it says of itself, and the file, or why there is none and where the report is. It is in
// the language in which the report was made, which need not be the reader's.
func (p *page) report(a *Attempt, m *Mail) {
	x := a.Report
	l := text.Choose(x.Language, "")
	p.Lang, p.Greeting = l.Code, l.Say("mail.greeting", "name", plainText(orName(a.Reader), 80))
	p.Footer = fill(l, "mail.report_footer", "company", plainText(a.Name, 80), "schedule", x.Schedule)
	m.Subject = fill(l, "mail.report", "company", a.Name, "title", x.Words.Title)
	s := section{Title: plainText(x.Words.Title, mostSubject)}
	for _, text := range x.Words.Facts {
		s.Says = append(s.Says, plainText(text, mostSaid))
	}
	if x.Rows == 0 {
		s.Says = append(s.Says, l.Say("mail.report_empty"))
	}
	for _, text := range x.Words.Notes {
		s.Says = append(s.Says, plainText(text, mostSaid))
	}
	if x.Content != nil {
		m.File = &File{x.File, x.Content}
		s.Says = append(s.Says, fill(l, "mail.report_attached", "file", x.File))
	} else {
		s.Says = append(s.Says, fill(l, "mail.report_too_large", "file", x.File))
	}
	if p.Base != "" {
		s.Link = strings.TrimSuffix(p.Base, "/") + x.Page
	}
	p.Events = []section{s}
}

const mostSaid = 500 // characters of a paragraph

func orName(r *Reader) string {
	if r.FullName != "" {
		return r.FullName
	}
	return r.Name
}

// page is what a mail says.
type page struct {
	Lang, Greeting, Footer, Base string
	Events                       []section
}

// linkOf gives the address of the page that an event is about, where there is one. Opening it changes nothing; who is not signed in signs in
// first.
func linkOf(a *Attempt, e *Event, base string) string {
	var told struct {
		Approval string `json:"approval"`
	}
	if base == "" || !strings.HasPrefix(string(e.Kind), "approval.") || json.Unmarshal(e.Data, &told) != nil {
		return ""
	}
	link := strings.TrimSuffix(base, "/") + "/c/" + url.PathEscape(a.Company) + "/approvals"
	if told.Approval != "" {
		link += "/" + url.PathEscape(told.Approval)
	}
	return link
}

// section is what a mail says of an event.
type section struct {
	Title string
	Says  []string
	Facts []fact
	Link  string // of the page that it is about; blank: none
}

type fact struct{ Label, Value string }

// paragraph words an event.
func paragraph(l *text.Language, a *Attempt, e *Event) (section, error) {
	values := map[string]any{}
	if err := json.Unmarshal(e.Data, &values); err != nil {
		return section{}, err
	}
	s := section{Title: plainText(fill(l, "mail.event."+string(e.Kind), "subject", e.Subject, "company", a.Name), mostSubject)}
	for _, name := range fields {
		v, there := values[name]
		if !there || name == "currency" || fmt.Sprint(v) == "" {
			continue
		}
		shown := fmt.Sprint(v)
		if key := "mail." + name + "." + shown; name == "clock" && l.Has(key) {
			shown = l.Say(key)
		}
		if name == "amount" || name == "total" {
			shown = strings.TrimSpace(decimal(shown, l.Code) + " " + fmt.Sprint(orBlank(values["currency"])))
		}
		s.Facts = append(s.Facts, fact{l.Say("mail.field." + name), plainText(shown, 300)})
	}
	s.Facts = append(s.Facts, fact{l.Say("mail.field.actor"), plainText(e.Actor, 80)}, fact{l.Say("mail.field.at"), e.At.UTC().Format("2006-01-02 15:04") + " UTC"})
	return s, nil
}

func orBlank(v any) any {
	if v == nil {
		return ""
	}
	return v
}

// fill gives a text with its placeholders filled in one go, so that a value is never read as a placeholder.
func fill(l *text.Language, key string, pairs ...string) string {
	t := l.Raw(key)
	if one, other, two := strings.Cut(t, " | "); two {
		t = other
		if len(pairs) > 1 && pairs[0] == "n" && pairs[1] == "1" {
			t = one
		}
	}
	var all []string
	for i := 0; i+1 < len(pairs); i += 2 {
		all = append(all, "{"+pairs[i]+"}", pairs[i+1])
	}
	return strings.NewReplacer(all...).Replace(t)
}

// decimal writes a number such as -1234.50 as the language does; what is no number stays as it is.
func decimal(s, code string) string {
	sign, rest := "", s
	if r, minus := strings.CutPrefix(s, "-"); minus {
		sign, rest = "-", r
	}
	whole, part, has := strings.Cut(rest, ".")
	if whole == "" || strings.Trim(whole+part, "0123456789") != "" {
		return s
	}
	group, point := ",", "."
	if code == "de" {
		group, point = ".", ","
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + group + whole[i:]
	}
	if has {
		whole += point + part
	}
	return sign + whole
}

// text gives the plain form.
func (p page) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", p.Greeting)
	for _, s := range p.Events {
		fmt.Fprintf(&b, "\n%s\n", s.Title)
		for _, text := range s.Says {
			fmt.Fprintf(&b, "  %s\n", text)
		}
		for _, f := range s.Facts {
			fmt.Fprintf(&b, "  %s: %s\n", f.Label, f.Value)
		}
		if s.Link != "" {
			fmt.Fprintf(&b, "  %s\n", s.Link)
		}
	}
	if p.Base != "" {
		fmt.Fprintf(&b, "\n%s\n", p.Base)
	}
	fmt.Fprintf(&b, "\n-- \n%s\n", p.Footer)
	return b.String()
}

// layout is the HTML form: no pictures, no styles from elsewhere, nothing that tells that it was read.
var layout = template.Must(template.New("mail").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"></head><body style="font-family:sans-serif">
<p>{{.Greeting}}</p>
{{range .Events}}<h2 style="font-size:1.1em">{{.Title}}</h2>
{{range .Says}}<p>{{.}}</p>
{{end}}{{if .Facts}}<table>{{range .Facts}}<tr><th align="left" scope="row">{{.Label}}</th><td>{{.Value}}</td></tr>{{end}}</table>
{{end}}{{if .Link}}<p><a href="{{.Link}}">{{.Link}}</a></p>
{{end}}{{end}}{{if .Base}}<p><a href="{{.Base}}">{{.Base}}</a></p>
{{end}}<hr><p><small>{{.Footer}}</small></p>
</body></html>
`))

// TestMail gives a mail that tells of nothing.
func TestMail(to string, now time.Time) (*Mail, error) {
	u, err := uuid.NewV7()
	if err != nil {
		return nil, err
	}
	p := page{Lang: "en", Greeting: text.English.Say("mail.test"), Footer: now.UTC().Format(time.RFC1123)}
	var b strings.Builder
	err = layout.Execute(&b, p)
	return &Mail{ID: u.String(), To: &Reader{Name: to, Email: to}, Subject: text.English.Say("mail.test"), Text: p.text(), HTML: b.String(), At: now}, err
}
