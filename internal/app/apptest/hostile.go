package apptest

import (
	"archive/zip"
	"bytes"
	"strings"

	"quittance/internal/file"
)

// HostileFile is a file that somebody attaches to do harm. Rule is that by which it is refused; blank: it is taken, as of the media type Taken,
// and harmless by how it is handed out.
type HostileFile struct {
	What, Name, Media string
	Content           []byte
	Rule, Taken       string
}

// EICAR is the text by which scanners are tested.
const EICAR = `X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-` + `ANTIVIRUS-TEST-FILE!$H+H*`

// HostileFiles are those that every door to attachments is tried with.
func HostileFiles() []HostileFile {
	const script = "<script>alert(document.cookie)</script>"
	pdf := []byte("%PDF-1.7\n1 0 obj")
	text := func(s string) []byte { return []byte(s) }
	return []HostileFile{
		{"an HTML page", "page.html", "", text("<html>" + script), "file_type", ""},
		{"an HTML page said to be a PDF", "page.html", "application/pdf", append(pdf, script...), "file_type", ""},
		{"an HTML page named as a text", "page.txt", "", text("<!DOCTYPE html>" + script), "file_differs", ""},
		{"HTML behind words, as a text", "page.txt", "", text("Dear reader, " + script), "", "text/plain"},
		{"an SVG picture with a script", "drawing.svg", "", text("<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"), "file_type", ""},
		{"an SVG picture said to be a PNG", "drawing.png", "image/png", text("<svg onload=alert(1)></svg>"), "file_differs", ""},
		{"an SVG picture as a text", "drawing.txt", "", text("<?xml version=\"1.0\"?><svg onload=alert(1)/>"), "file_differs", ""},
		{"a GIF that is a script too", "picture.gif", "", text("GIF89a/*\x00\x00*/=1;alert(document.cookie)//"), "", "image/gif"},
		{"a script that is a GIF too", "picture.js", "image/gif", text("GIF89a=1;alert(1)"), "file_type", ""},
		{"a PDF that is a page too", "letter.pdf", "", append(append([]byte{}, pdf...), "<html>"+script...), "", "application/pdf"},
		{"a page that is an archive too", "archive.zip", "", append(text("<html>"+script), bomb()...), "file_differs", ""},
		{"a program named as a PDF", "letter.pdf", "", text("MZ\x90\x00\x03\x00\x00\x00"), "file_differs", ""},
		{"a program", "run.exe", "", text("MZ\x90\x00"), "file_type", ""},
		{"a document with macros", "letter.docm", "", text("PK\x03\x04"), "file_type", ""},
		{"another type than it says", "letter.pdf", "image/png", pdf, "file_differs", ""},
		{"a type that browsers run", "letter.pdf", "text/html", pdf, "file_type", ""},
		{"an archive of zeros", "bomb.zip", "", bomb(), "", "application/zip"},
		{"a workbook of zeros", "bomb.xlsx", "", bomb(), "", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
		{"nothing", "empty.pdf", "", nil, "file_empty", ""},
		{"more than is kept", "large.pdf", "", append(append([]byte{}, pdf...), make([]byte, file.MaxSize)...), "file_too_large", ""},
		{"a name in folders", "../../etc/passwd.pdf", "", pdf, "file_name", ""},
		{"an absolute name", "/etc/passwd.pdf", "", pdf, "file_name", ""},
		{"a name in folders of Windows", `..\\..\\boot.pdf`, "", pdf, "file_name", ""},
		{"two dots", "..", "application/pdf", pdf, "file_name", ""},
		{"a name with a control sign", "a\x07b.pdf", "", pdf, "file_name", ""},
		{"a name with a line end and a header", "a.pdf\r\nSet-Cookie: x=1", "application/pdf", pdf, "file_name", ""},
		{"a name that turns the direction of writing", "invoice\u202efdp.pdf", "", pdf, "file_name", ""},
		{"a name that hides its ending", "page.html.", "application/pdf", pdf, "file_name", ""},
		{"a very long name", strings.Repeat("n", 5000) + ".pdf", "", pdf, "file_name", ""},
		{"a name of a device", "NUL.pdf", "", pdf, "file_name", ""},
		{"another name of a device", "com1.txt", "", text("hello"), "file_name", ""},
		{"a name with quotation marks", `a"; filename="b.html.pdf`, "", pdf, "", "application/pdf"},
		{"a name in another script", "Quittung für März 領収書.pdf", "", pdf, "", "application/pdf"},
		{"what the scanner finds", "eicar.txt", "", text(EICAR), "scanner", ""},
	}
}

// bomb is an archive that is a thousand times as large when it is unpacked.
func bomb() []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.Create("zeros")
	if err == nil {
		_, err = w.Write(make([]byte, 32<<20))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // only for a buffer that has no room
	}
	return b.Bytes()
}
