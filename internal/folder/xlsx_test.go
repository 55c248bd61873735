package folder_test

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"quittance/internal/civil"
	"quittance/internal/folder"
)

// workbook makes the minimal folder as a workbook, as a person would type it, and lets change do the rest.
func workbook(t testing.TB, change func(f *excelize.File)) []byte {
	t.Helper()
	f := excelize.NewFile()
	defer f.Close()
	for i, name := range []string{"company", "accounts", "periods"} {
		if i == 0 {
			check(t, f.SetSheetName("Sheet1", name))
		} else {
			sheet(t, f, name)
		}
		for row, line := range strings.Split(strings.TrimSpace(minimal[name+".csv"]), "\n") {
			fill(t, f, name, row+1, strings.Split(line, ",")...)
		}
	}
	change(f)
	var out bytes.Buffer
	check(t, f.Write(&out))
	return out.Bytes()
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func sheet(t testing.TB, f *excelize.File, name string) {
	t.Helper()
	_, err := f.NewSheet(name)
	check(t, err)
}

func fill(t testing.TB, f *excelize.File, sheet string, row int, texts ...string) {
	t.Helper()
	for i, text := range texts {
		if text != "" {
			set(t, f, sheet, i+1, row, text)
		}
	}
}

func set(t testing.TB, f *excelize.File, sheet string, column, row int, value any) {
	t.Helper()
	ref, err := excelize.CoordinatesToCellName(column, row)
	check(t, err)
	check(t, f.SetCellValue(sheet, ref, value))
}

func styled(t testing.TB, f *excelize.File, sheet, ref string, value any, style excelize.Style) {
	t.Helper()
	id, err := f.NewStyle(&style)
	check(t, err)
	check(t, f.SetCellValue(sheet, ref, value))
	check(t, f.SetCellStyle(sheet, ref, ref, id))
}

func readBook(b []byte) (*folder.Data, error) {
	return folder.ReadXLSX(bytes.NewReader(b), int64(len(b)))
}

func TestReadXLSXTakesNumbersDatesAndFlags(t *testing.T) {
	custom := `dd"."mm"."yyyy`
	d, err := readBook(workbook(t, func(f *excelize.File) {
		sheet(t, f, "vouchers")
		fill(t, f, "vouchers", 1, "voucher", "date", "type", "account", "debit", "credit")
		fill(t, f, "vouchers", 2, "A", "", "journal", "1000")
		styled(t, f, "vouchers", "B2", time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC), excelize.Style{NumFmt: 14})
		check(t, f.SetCellValue("vouchers", "E2", 45.1))
		fill(t, f, "vouchers", 4, "A", "2026-01-05", "journal") // row 3 is blank
		check(t, f.SetCellValue("vouchers", "D4", 1100))
		styled(t, f, "vouchers", "F4", 0.30000000000000004, excelize.Style{NumFmt: 4})
		fill(t, f, "vouchers", 5, "B", "", "journal", "1000", "1")
		styled(t, f, "vouchers", "B5", 46027, excelize.Style{CustomNumFmt: &custom})
		sheet(t, f, "customers")
		fill(t, f, "customers", 1, "customer", "name", "hold")
		fill(t, f, "customers", 2, "_x005F_x0041_", "Rich") // stands for _x0041_
		check(t, f.SetCellValue("customers", "C2", true))
		check(t, f.SetCellRichText("customers", "B2", []excelize.RichTextRun{{Text: " Rich "}, {Text: "text", Font: &excelize.Font{Bold: true}}}))
	}))
	check(t, err)
	a, b := d.Vouchers[0], d.Vouchers[1]
	if a.Date != civil.MustParse("2026-01-05") || a.Lines[0].Debit != 4510 || a.Lines[1].Credit != 30 || a.Lines[1].Account != "1100" {
		t.Errorf("voucher %+v", a)
	}
	if b.Date != civil.MustParse("2026-01-05") {
		t.Errorf("date %s", b.Date)
	}
	if at := a.Lines[1].At("credit"); at != "vouchers:4:6" {
		t.Errorf("the line is at %s", at)
	}
	if c := d.Customers[0]; c.Customer != "_x0041_" || c.Name != " Rich text" || !c.Hold {
		t.Errorf("customer %+v", c)
	}
}

func TestReadXLSXEpochOf1904(t *testing.T) {
	d, err := readBook(workbook(t, func(f *excelize.File) {
		yes := true
		check(t, f.SetWorkbookProps(&excelize.WorkbookPropsOptions{Date1904: &yes}))
		styled(t, f, "periods", "A2", 46023-1462, excelize.Style{NumFmt: 14})
	}))
	check(t, err)
	if d.Periods[0].Start != civil.MustParse("2026-01-01") {
		t.Errorf("start %s", d.Periods[0].Start)
	}
}

func TestReadXLSXReports(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(f *excelize.File)
		want   []string
	}{
		{"Formula", func(f *excelize.File) { check(t, f.SetCellFormula("accounts", "B3", "A1&A2")) }, []string{"accounts:3:2: name: … is a formula"}},
		{"FormulaInHeader", func(f *excelize.File) { check(t, f.SetCellFormula("accounts", "D1", "A1")) }, []string{"accounts:1:4: … is a formula, a number or a date; expected the name of a column"}},
		{"UnknownSheet", func(f *excelize.File) { sheet(t, f, "Notes") }, []string{"Notes:1:1: … is not a sheet of the company folder; expected company, parameters"}},
		{"MissingSheet", func(f *excelize.File) { check(t, f.DeleteSheet("periods")) }, []string{"periods:1:1: … is missing"}},
		{"EmptySheet", func(f *excelize.File) { sheet(t, f, "marks") }, []string{"marks:1:1: … is empty"}},
		{"Merged", func(f *excelize.File) { check(t, f.MergeCell("accounts", "B5", "C6")) }, []string{"accounts:5:2: … B5:C6 are merged"}},
		{"NumberAsDate", func(f *excelize.File) { check(t, f.SetCellValue("periods", "A2", 46023)) }, []string{"periods:2:1: start: … 46023 is no date; format the column as a date"}},
		{"DateAsText", func(f *excelize.File) { styled(t, f, "accounts", "A2", 46023, excelize.Style{NumFmt: 14}) }, []string{"accounts:2:1: account: … is a date; expected something else"}},
		{"DateWithTime", func(f *excelize.File) { styled(t, f, "periods", "A2", 46023.5, excelize.Style{NumFmt: 22}) }, []string{"periods:2:1: start: … a date with a time"}},
		{"DateTooEarly", func(f *excelize.File) { styled(t, f, "periods", "A2", 59, excelize.Style{NumFmt: 14}) }, []string{"periods:2:1: start: … out of range"}},
		{"FlagAsText", func(f *excelize.File) { check(t, f.SetCellValue("accounts", "B2", true)) }, []string{"accounts:2:2: name: … is TRUE or FALSE"}},
		{"LongNumber", func(f *excelize.File) { check(t, f.SetCellValue("accounts", "A2", 12345678901234567)) }, []string{"accounts:2:1: account: … more than 15 digits"}},
		{"ShownNumber", func(f *excelize.File) { styled(t, f, "accounts", "A2", 7, excelize.Style{NumFmt: 10}) }, []string{"accounts:2:1: account: … its format shows otherwise"}},
		{"Control", func(f *excelize.File) { check(t, f.SetCellValue("accounts", "B2", "a\nb")) }, []string{"accounts:2:2: name: … U+000A"}},
		{"NoHeader", func(f *excelize.File) { check(t, f.SetCellValue("accounts", "F3", "x")) }, []string{"accounts:3:6: … has 6 fields, the header 4"}},
		{"FarRight", func(f *excelize.File) { check(t, f.SetCellValue("accounts", "XFD3", "x")) }, []string{"accounts:3:16384: … far to the right"}},
		{"TooManyDecimals", func(f *excelize.File) {
			sheet(t, f, "reimbursements")
			fill(t, f, "reimbursements", 1, "number", "customer", "amount", "date", "state")
			fill(t, f, "reimbursements", 2, "R1", "C", "", "2026-01-01", "posted")
			check(t, f.SetCellValue("reimbursements", "C2", 1.005))
			fill(t, f, "reimbursements", 3, "R2", "C", "", "2026-01-01", "posted")
			check(t, f.SetCellValue("reimbursements", "C3", 1e30))
		}, []string{`reimbursements:2:3: amount: "1.005" has more decimals`, "reimbursements:3:3: amount: … more than 15 digits"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := readBook(workbook(t, c.change))
			wantLines(t, err, c.want...)
		})
	}
}

// rezip gives the workbook with one part changed.
func rezip(t testing.TB, b []byte, part string, change func(string) string) []byte {
	t.Helper()
	in, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	check(t, err)
	var buf bytes.Buffer
	out := zip.NewWriter(&buf)
	for _, f := range in.File {
		r, err := f.Open()
		check(t, err)
		data, err := io.ReadAll(r)
		check(t, err)
		if f.Name == part {
			data = []byte(change(string(data)))
		}
		w, err := out.Create(f.Name)
		check(t, err)
		_, err = w.Write(data)
		check(t, err)
	}
	check(t, out.Close())
	return buf.Bytes()
}

func TestReadXLSXReportsDamage(t *testing.T) {
	good := workbook(t, func(*excelize.File) {})
	const accounts = "xl/worksheets/sheet2.xml"
	for _, c := range []struct {
		name, part, old, new, want string
	}{
		{"CutOff", accounts, `<row r="3"`, `<row r="3" `, ""},
		{"NotXML", "xl/workbook.xml", "<sheets>", "<sheets", "workbook:1:1: … is damaged"},
		{"SharedString", "xl/sharedStrings.xml", "<si>", "<so>", "workbook:1:1: … is damaged"},
		{"RowsOutOfOrder", accounts, `<row r="3"`, `<row r="2"`, "accounts:2:1: … is damaged"},
		{"RowFarDown", accounts, `<row r="3"`, `<row r="2000000"`, "accounts:2:1: … more than 1048576 rows"},
		{"UnknownSharedString", accounts, `t="s"><v>`, `t="s"><v>9`, "accounts:1:1: … expected the name of a column"},
		{"Error", accounts, `<c r="D2" t="s">`, `<c r="D2" t="e">`, "accounts:2:4: control: … holds the error"},
		{"Entity", accounts, "<sheetData>", "<sheetData>&bomb;", "accounts:1:1: … is damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			changed := rezip(t, good, c.part, func(s string) string {
				if !strings.Contains(s, c.old) {
					t.Fatalf("%s has no %s: %s", c.part, c.old, s)
				}
				return strings.Replace(s, c.old, c.new, 1)
			})
			_, err := readBook(changed)
			if c.want == "" {
				check(t, err)
				return
			}
			if lines := places(t, err); !strings.HasPrefix(lines[0], strings.Split(c.want, " … ")[0]) || !strings.Contains(lines[0], strings.Split(c.want, " … ")[1]) {
				t.Errorf("got %s\nwant %s", strings.Join(lines, "\n"), c.want)
			}
		})
	}
	cut := rezip(t, good, accounts, func(s string) string { return s[:strings.Index(s, "</row>")] })
	_, err := readBook(cut)
	wantLines(t, err, "accounts:1:1: … is damaged")
}

// A small file must not unzip into one text that fills the memory.
func TestReadXLSXRefusesBomb(t *testing.T) {
	bomb := rezip(t, workbook(t, func(*excelize.File) {}), "xl/worksheets/sheet2.xml", func(s string) string {
		return strings.Replace(s, "<sheetData>", "<sheetData>"+strings.Repeat(" ", 2<<20), 1)
	})
	_, err := readBook(bomb)
	wantLines(t, err, "accounts:1:1: … is damaged")
}
