package cli

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"golang.org/x/tools/txtar"

	"quittance/internal/app"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
)

// Everybody may, whatever the role; a token may not do what is done by who signed in by password; nobodys are the commands about what
// is no company's data.
const everybody, byPassword, nobodys identity.Permission = "everybody", "by password", "nobody's data"

// needed says of every command which permission it needs, and how it is given. @city is the company folder, @out a place to write to.
var needed = map[string]struct {
	permission identity.Permission
	args       string
}{
	"import":                      {identity.SetUp, "@city"},
	"export":                      {identity.Read, "@out"},
	"exports list":                {identity.Read, "GEN"},
	"exports make":                {identity.HandOver, "GEN"},
	"exports file":                {identity.HandOver, "GEN-000001 @out"},
	"exports void":                {identity.HandOver, "GEN-000001 --reason x"},
	"exports targets list":        {identity.Read, ""},
	"exports targets set":         {identity.SetUp, "GEN --layout general"},
	"exports targets delete":      {identity.SetUp, "GEN"},
	"reports list":                {identity.Read, ""},
	"reports show":                {identity.Read, "reimbursements"},
	"schedules list":              {identity.Administer, ""},
	"schedules add":               {identity.Administer, "S --kind import --cron 0_6_*_*_* --place folder:in"},
	"schedules pause":             {identity.Administer, "S"},
	"schedules resume":            {identity.Administer, "S"},
	"schedules run":               {identity.Administer, "S"},
	"schedules history":           {identity.Administer, "S"},
	"schedules delete":            {identity.Administer, "S"},
	"reimburse simulate":          {identity.Read, "--all --date 2026-11-30"},
	"reimburse propose":           {identity.Reimburse, "--all --date 2026-11-30"},
	"reimburse post":              {identity.Reimburse, "--customers C-1001 --date 2026-11-30"},
	"reimburse exclude":           {identity.Reimburse, "--run RUN-000001 --customer C-1001 --reason x"},
	"reimburse cancel":            {identity.Reimburse, "--run RUN-000001 --reason x"},
	"reimburse list":              {identity.Read, ""},
	"reimburse show":              {identity.Read, "RB-00000001"},
	"reimburse reverse":           {identity.Reimburse, "RB-00000001 --date 2026-11-30 --reason x"},
	"events list":                 {identity.Read, ""},
	"events show":                 {identity.Read, "00000000-0000-7000-8000-000000000000"},
	"events kinds":                {nobodys, ""},
	"webhooks list":               {identity.Administer, ""},
	"webhooks add":                {identity.Administer, "https://books.example/hook"},
	"webhooks change":             {identity.Administer, "1 --disable"},
	"webhooks rotate":             {identity.Administer, "1"},
	"webhooks remove":             {identity.Administer, "1"},
	"webhooks test":               {identity.Administer, "1"},
	"webhooks replay":             {identity.Administer, "1 --from 1"},
	"deliveries list":             {identity.Administer, ""},
	"deliveries show":             {identity.Administer, "00000000-0000-7000-8000-000000000000"},
	"deliveries cancel":           {identity.Administer, "00000000-0000-7000-8000-000000000000 --reason x"},
	"deliveries replay":           {identity.Administer, "00000000-0000-7000-8000-000000000000"},
	"mail test":                   {nobodys, "ann@books.example"},
	"mail show":                   {identity.Read, ""},
	"mail subscribe":              {identity.Read, "payment.*"},
	"mail unsubscribe":            {identity.Read, "payment.*"},
	"mail language":               {identity.Read, "de"},
	"open-items":                  {identity.Read, ""},
	"remittances import":          {identity.ApplyCash, "@city/vouchers.csv --preview"},
	"remittances list":            {identity.Read, ""},
	"remittances show":            {identity.Read, "RM-00000001"},
	"remittances file":            {identity.Read, "RM-00000001 @out"},
	"remittances payback":         {identity.Deduct, "RM-00000001 1"},
	"remittances maps list":       {identity.Read, ""},
	"remittances maps set":        {identity.SetUp, "M --column reference=Check --column paid=Paid"},
	"remittances maps delete":     {identity.SetUp, "M"},
	"remittances partners list":   {identity.Read, ""},
	"remittances partners set":    {identity.SetUp, "P --customer C-1001"},
	"remittances partners delete": {identity.SetUp, "P"},
	"vendor-payments list":        {identity.Read, ""},
	"vendor-payments show":        {identity.Read, "VPJ-00000001/1"},
	"vendor-payments journals":    {identity.Read, ""},
	"vendor-payments left":        {identity.Read, "VPJ-00000001"},
	"vendor-payments simulate":    {identity.Prepare, ""},
	"vendor-payments propose":     {identity.Prepare, ""},
	"vendor-payments abandon":     {identity.Prepare, "VPJ-00000001"},
	"vendor-payments edit":        {identity.Prepare, "VPJ-00000001/1 --fate reverse"},
	"vendor-payments cancel":      {identity.Prepare, "VPJ-00000001 --reason x"},
	"vendor-payments approve":     {identity.Approve, "VPJ-00000001"},
	"vendor-payments generate":    {identity.Pay, "VPJ-00000001"},
	"vendor-payments reference":   {identity.Pay, "VPJ-00000001/1 W-1"},
	"vendor-payments send":        {identity.Pay, "VPJ-00000001"},
	"vendor-payments withdraw":    {identity.Pay, "VPJ-00000001 --reason x"},
	"vendor-payments post":        {identity.Pay, "VPJ-00000001"},
	"vendor-payments void":        {identity.Pay, "VPJ-00000001/1 --reason x"},
	"vendor-payments return":      {identity.Pay, "VPJ-00000001/1 --reason x"},
	"vendor-payments stop":        {identity.Pay, "VPJ-00000001/1 --reason x"},
	"vendor-payments stale":       {identity.Pay, "VPJ-00000001/1 --reason x"},
	"vendor-payments reject":      {identity.Pay, "VPJ-00000001/1 --reason x"},
	"vendor-payments answers":     {identity.Pay, "@city/company.csv"},
	"vendor-payments answered":    {identity.Read, ""},
	"vendor-payments files":       {identity.Read, ""},
	"vendor-payments file":        {identity.Pay, "PF-00000001 @out"},
	"banks list":                  {identity.Read, ""},
	"banks set":                   {identity.SetUp, "B --account 11020"},
	"banks methods":               {identity.Read, ""},
	"banks method":                {identity.SetUp, "M --kind check --bank B"},
	"banks positive-pay":          {identity.Pay, "B"},
	"banks spoil":                 {identity.Pay, "B 1 --reason x"},
	"banks statements list":       {identity.Read, ""},
	"banks statements show":       {identity.Read, "B/1"},
	"banks statements import":     {identity.Pay, "@city/company.csv"},
	"banks statements maps":       {identity.Read, ""},
	"banks statements map":        {identity.SetUp, "M @city/company.csv"},
	"banks match":                 {identity.Pay, "B"},
	"banks reconcile":             {identity.Pay, "B/1/1 --payments VPJ-00000001/1"},
	"banks undo":                  {identity.Pay, "B/1/1"},
	"banks control":               {identity.Read, "B"},
	"requests list":               {identity.Read, ""},
	"requests show":               {identity.Read, "RQ-00000001"},
	"requests create":             {identity.Reimburse, "--customer C-1001 --kind overpayment"},
	"requests import":             {identity.Reimburse, "@city/company.csv"},
	"requests edit":               {identity.Reimburse, "RQ-00000001 --reason x"},
	"requests attach":             {identity.Reimburse, "RQ-00000001 @city/company.csv --type other"},
	"requests detach":             {identity.Reimburse, "RQ-00000001 1 --reason x"},
	"requests file":               {identity.Read, "RQ-00000001 1 @out"},
	"requests submit":             {identity.Reimburse, "RQ-00000001"},
	"requests approve":            {identity.Approve, "RQ-00000001"},
	"requests reject":             {identity.Approve, "RQ-00000001 --reason x"},
	"requests ask":                {identity.Approve, "RQ-00000001 x"},
	"requests answer":             {identity.Reimburse, "RQ-00000001 x"},
	"requests hold":               {identity.Reimburse, "RQ-00000001 --reason x"},
	"requests resume":             {identity.Reimburse, "RQ-00000001"},
	"requests comment":            {identity.Reimburse, "RQ-00000001 x"},
	"requests withdraw":           {identity.Reimburse, "RQ-00000001 --reason x"},
	"requests cancel":             {identity.Reimburse, "RQ-00000001 --reason x"},
	"requests reopen":             {identity.Reimburse, "RQ-00000001 --reason x"},
	"requests preview":            {identity.Read, "RQ-00000001"},
	"requests post":               {identity.Reimburse, "RQ-00000001"},
	"requests reverse":            {identity.Reimburse, "RQ-00000001 --reason x"},
	"requests ageing":             {identity.Read, ""},
	"requests figures":            {identity.Read, ""},
	"requests link":               {identity.Reimburse, "RQ-00000001"},
	"requests unlink":             {identity.Reimburse, "RQ-00000001 --reason x"},
	"policies list":               {identity.Read, ""},
	"policies show":               {identity.Read, "P"},
	"policies save":               {identity.SetUp, "P --end --kind payment --why x"},
	"policies test":               {identity.Read, "amount=5 --kind payment"},
	"policies simulate":           {identity.Read, "--kind payment"},
	"policies fields":             {nobodys, ""},
	"approvals inbox":             {identity.Approve, ""},
	"approvals list":              {identity.Read, ""},
	"approvals show":              {identity.Read, "AP-000001"},
	"approvals submit":            {identity.Prepare, "VPJ-00000001"},
	"approvals approve":           {identity.Approve, "AP-000001"},
	"approvals reject":            {identity.Approve, "AP-000001 --reason x"},
	"approvals ask":               {identity.Approve, "AP-000001 x"},
	"approvals answer":            {identity.Read, "AP-000001 x"},
	"approvals withdraw":          {identity.Read, "AP-000001 --reason x"},
	"approvals rules list":        {identity.Read, ""},
	"approvals rules set":         {identity.SetUp, "R --kind payment --step role:approver --why x"},
	"approvals rules end":         {identity.SetUp, "R --why x"},
	"approvals limits list":       {identity.Read, ""},
	"approvals limits set":        {identity.SetUp, "role:approver --single 5.00"},
	"approvals limits remove":     {identity.SetUp, "role:approver"},
	"approvals delegate":          {identity.Approve, "nobody --last 2026-11-30"},
	"approvals delegations":       {identity.Read, ""},
	"approvals end-delegation":    {identity.Read, "999"},
	"approvals people":            {identity.Read, ""},
	"approvals link":              {identity.Administer, "nobody C-1001"},
	"approvals remind":            {identity.SetUp, ""},
	"unclaimed list":              {identity.Read, ""},
	"unclaimed letters list":      {identity.Read, ""},
	"unclaimed letters make":      {identity.Prepare, ""},
	"unclaimed letters file":      {identity.Prepare, "UL-00000001 @out"},
	"unclaimed escheat":           {identity.Pay, "--all"},
	"unclaimed properties":        {identity.Read, ""},
	"unclaimed show":              {identity.Read, "UP-00000001"},
	"unclaimed remit":             {identity.Pay, "--bank B --jurisdiction US-WI"},
	"unclaimed remittances":       {identity.Read, ""},
	"unclaimed reverse":           {identity.Pay, "UP-00000001 --reason x"},
	"unclaimed reclaim":           {identity.Prepare, "UP-00000001"},
	"unclaimed report":            {identity.Pay, "US-WI 2026"},
	"unclaimed reports":           {identity.Read, ""},
	"unclaimed file":              {identity.Pay, "UF-00000001 @out"},
	"unclaimed contact":           {identity.Prepare, "C-1001 --how phone --date 2020-01-01"},
	"unclaimed contacts":          {identity.Read, ""},
	"unclaimed withdraw":          {identity.Prepare, "999 --reason x"},
	"unclaimed rules list":        {identity.Read, ""},
	"unclaimed rules set":         {identity.SetUp, "US-WI credit 2026-01-01 --months 12 --cut-off 06-30 --report 11-01"},
	"unclaimed rules remove":      {identity.SetUp, "US-WI credit 2026-01-01"},
	"unclaimed clocks list":       {identity.Read, ""},
	"unclaimed clocks set":        {identity.SetUp, "US-WI 2026-01-01"},
	"unclaimed clocks remove":     {identity.SetUp, "US-WI 2026-01-01"},
	"unclaimed samples":           {identity.SetUp, ""},
	"unclaimed holder":            {identity.Read, ""},
	"credit-ageing":               {identity.Read, ""},
	"payees confirm":              {identity.Approve, "V-1001"},
	"payees proposals":            {identity.Read, ""},
	"payees accept":               {identity.Approve, "1"},
	"payees refuse":               {identity.Approve, "1 --reason x"},
	"settle":                      {identity.PostVoucher, "--code C-1001 --debit X --credit PAY"},
	"unsettle":                    {identity.PostVoucher, "--code C-1001 --debit X --credit PAY --date 2026-11-30"},
	"mark":                        {identity.PostVoucher, "--code C-1001 --voucher PAY --journal J"},
	"unmark":                      {identity.PostVoucher, "--journal J"},
	"voucher post":                {identity.PostVoucher, "@city/vouchers.csv"},
	"voucher new":                 {identity.PostVoucher, "--type credit_note --code C-1001 --line 1=1"},
	"voucher show":                {identity.Read, "PAY"},
	"voucher reverse":             {identity.PostVoucher, "PAY --date 2026-11-30 --reason x"},
	"trial-balance":               {identity.Read, ""},
	"trace":                       {identity.Read, "PAY"},
	"control":                     {identity.Read, ""},
	"reimburse trace":             {identity.Read, "RB-00000001"},
	"statement":                   {identity.Read, "C-1001"},
	"settlements":                 {identity.Read, "C-1001"},
	"marks":                       {identity.Read, ""},
	"vouchers":                    {identity.Read, ""},
	"entries":                     {identity.Read, "11530"},
	"customers list":              {identity.Read, ""},
	"customers show":              {identity.Read, "C-1001"},
	"customers hold":              {identity.SetUp, "C-1001 --hold --reason x"},
	"vendors list":                {identity.Read, ""},
	"vendors show":                {identity.BankDetails, "V-1001 --bank-details"},
	"vendors block":               {identity.SetUp, "V-1001 --reason x"},
	"setup":                       {identity.Read, ""},
	"parameters list":             {identity.Read, ""},
	"parameters set":              {identity.SetUp, "netting net"},
	"deduction-setup show":        {identity.Read, ""},
	"deduction-setup codes":       {identity.Read, ""},
	"deduction-setup save":        {identity.SetUp, "types type=WO name=x kind=write_off"},
	"deduction-setup remove":      {identity.SetUp, "types WO"},
	"deduction-setup list":        {identity.Read, "x12_426"},
	"deduction-setup take":        {identity.SetUp, "x12_426 01=PRICE"},
	"deduction-setup accrue":      {identity.PostVoucher, "SPRING 1.00"},
	"deduction-setup accruals":    {identity.Read, ""},
	"figures":                     {identity.Read, ""},
	"search":                      {identity.Read, "C-1"},
	"periods list":                {identity.Read, ""},
	"periods set":                 {identity.SetUp, "2026-11-01 on_hold"},
	"audit":                       {identity.Read, ""},
	"verify":                      {identity.Prove, ""},
	"companies":                   {identity.Read, ""},
	"users list":                  {identity.Administer, ""},
	"users add":                   {identity.Administer, "eve --no-password"},
	"users email":                 {identity.Administer, "nobody a@b.example"},
	"users roles":                 {identity.Administer, "nobody viewer"},
	"users password":              {identity.Administer, "nobody"},
	"users disable":               {identity.Administer, "nobody"},
	"users enable":                {identity.Administer, "nobody"},
	"tokens list":                 {everybody, ""},
	"tokens create":               {identity.Administer, "x --user nobody"},
	"tokens revoke":               {byPassword, "999"},
	"users setup-code":            {nobodys, ""}, // for the operator, while there is no user
	"backup":                      {identity.Administer, "@out-backup"},
	"key list":                    {identity.Administer, ""},
	"key new":                     {everybody, ""},
	"key rotate":                  {identity.Administer, ""},
	"restore":                     {nobodys, ""},
	"serve":                       {nobodys, ""},
	"work":                        {identity.Reimburse, "--until-idle"},
	"demo":                        {nobodys, ""},
	"deductions match":            {identity.Deduct, "--all"},
	"deductions matches":          {identity.Read, ""},
	"deductions candidates":       {identity.Read, "DED-1"},
	"deductions figures":          {identity.Read, ""},
	"bench deductions":            {nobodys, ""},
	"bench generate":              {nobodys, ""},
	"bench reimburse":             {nobodys, ""},
	"bench floor":                 {nobodys, ""},
	"bench payouts":               {nobodys, ""},
	"bench requests":              {nobodys, ""},
	"bench post":                  {nobodys, ""},
	"bench read":                  {nobodys, ""},
	"bench work":                  {nobodys, ""},
	"completion":                  {nobodys, ""},
	"version":                     {nobodys, ""},
	"payments list":               {identity.Read, ""},
	"payments show":               {identity.Read, "CPJ-00000001"},
	"payments create":             {identity.ApplyCash, ""},
	"payments line":               {identity.ApplyCash, "CPJ-00000001 --customer C-1001 --amount 1 --bank 101-11020"},
	"payments open":               {identity.Read, "CPJ-00000001"},
	"payments apply":              {identity.ApplyCash, "CPJ-00000001 --to X"},
	"payments unapply":            {identity.ApplyCash, "CPJ-00000001"},
	"payments deduct":             {identity.ApplyCash, "CPJ-00000001 --amount 1"},
	"payments split":              {identity.ApplyCash, "CPJ-00000001 --deduction 1 --amount 1"},
	"payments discount":           {identity.ApplyCash, "CPJ-00000001 --voucher X --discount 1"},
	"payments preview":            {identity.ApplyCash, "CPJ-00000001"},
	"payments post":               {identity.ApplyCash, "CPJ-00000001"},
	"payments reverse":            {identity.ApplyCash, "CPJ-00000001 --date 2026-11-30 --reason x"},
	"payments cancel":             {identity.ApplyCash, "CPJ-00000001"},
	"deductions list":             {identity.Read, ""},
	"deductions show":             {identity.Read, "DED-1"},
	"deductions balances":         {identity.Read, "C-1001"},
	"deductions claim":            {identity.Deduct, "--customer C-1001 --amount 5"},
	"deductions withdraw":         {identity.Deduct, "DED-1"},
	"deductions update":           {identity.Deduct, "DED-1 --owner x"},
	"deductions dispute":          {identity.Deduct, "DED-1 filed"},
	"deductions comment":          {identity.Deduct, "DED-1 x"},
	"deductions watch":            {identity.Deduct, "DED-1"},
	"deductions attach":           {identity.Deduct, "DED-1 @city/company.csv --type other"},
	"deductions detach":           {identity.Deduct, "DED-1 1 --reason x"},
	"deductions file":             {identity.Read, "DED-1 1 --to @out-file"},
	"deductions split":            {identity.Deduct, "DED-1 --part 1"},
	"deductions resolve":          {identity.Deduct, "DED-1 --line write_off"},
	"deductions approve":          {identity.Approve, "DED-1"},
	"deductions reject":           {identity.Approve, "DED-1 --reason x"},
	"deductions reverse":          {identity.Deduct, "DED-1 1 --reason x"},
	"deductions mass update":      {identity.Deduct, "DED-1 --owner x"},
	"deductions mass resolve":     {identity.Deduct, "DED-1 --kind write_off"},
	"deductions mass approve":     {identity.Approve, "DED-1"},
	"deductions expire":           {identity.Deduct, ""},
}

var arguments = regexp.MustCompile(`[<\[].*`)

func leaves(t *testing.T) (names []string) {
	t.Helper()
	k, err := kong.New(&grammar{}, kong.Vars{"db": "", "demodb": ""})
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range k.Model.Leaves(false) {
		names = append(names, strings.TrimPrefix(strings.TrimSpace(arguments.ReplaceAllString(n.Path(), "")), k.Model.Name+" "))
	}
	return names
}

// Every command is refused to a role that lacks its permission, here as through pages and API, and given to one that has it.
func TestEveryCommandByEveryRole(t *testing.T) {
	ctx := context.Background()
	url := dbtest.URL(t, "sqlite")
	dir := t.TempDir()
	city := unpack(t, dir)
	t.Setenv("QUITTANCE_DB", url)
	t.Setenv("QUITTANCE_TOKEN", "")
	if code, _, stderr := typed(ctx, "import", city); code != 0 {
		t.Fatalf("import: %s", stderr)
	}
	tokens := tokensOf(t, url)
	for _, name := range leaves(t) {
		how, known := needed[name]
		if !known {
			t.Errorf("the command %q is not in the table of this test: say which permission it needs", name)
			continue
		}
		if how.permission == nobodys {
			continue
		}
		for _, role := range telling(how.permission) {
			t.Setenv("QUITTANCE_TOKEN", tokens[role])
			args := strings.Fields(name + " " + strings.NewReplacer("@city", city, "@out", filepath.Join(dir, "out-"+role)).Replace(how.args))
			code, _, stderr := typed(ctx, args...)
			denied := strings.Contains(stderr, "may not do this: it needs the permission") || strings.Contains(stderr, "you have no role in any company") || strings.Contains(stderr, "acts by a token")
			may := how.permission == everybody || how.permission == byPassword && role == string(identity.Administrator) || (role != stranger && identity.Actor{Roles: []identity.Role{identity.Role(role)}}.Allow(how.permission) == nil)
			if denied == may {
				t.Errorf("%s, %v: may %v, but exit code %d: %s", role, args, may, code, stderr)
			}
			if denied && code != 1 {
				t.Errorf("%s, %v: refused with exit code %d", role, args, code)
			}
		}
	}
}

const stranger = "stranger" // a user without any role

// telling gives the roles by which it shows that a command asks for a permission and for no other: whoever has no role, and of those with
// the permission and those without it so many that a command that asked for another one would be seen, if any role can show it.
func telling(p identity.Permission) []string {
	if p == everybody || p == byPassword {
		return append(identity.Names(identity.Roles()), stranger)
	}
	may := func(role string, p identity.Permission) bool {
		return identity.Actor{Roles: []identity.Role{identity.Role(role)}}.Allow(p) == nil
	}
	roles := []string{stranger}
	for _, with := range []bool{true, false} {
		shown := map[identity.Permission]bool{}
		for {
			best, most := "", 0
			for _, role := range identity.Names(identity.Roles()) {
				if may(role, p) != with {
					continue
				}
				n := 0
				for _, other := range identity.Permissions() {
					if may(role, other) != with && !shown[other] {
						n++
					}
				}
				if n > most {
					best, most = role, n
				}
			}
			if most == 0 {
				break
			}
			roles = append(roles, best)
			for _, other := range identity.Permissions() {
				shown[other] = shown[other] || may(best, other) != with
			}
		}
	}
	return roles
}

func tokensOf(t *testing.T, url string) map[string]string {
	t.Helper()
	ctx := context.Background()
	a, err := app.Open(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := a.Close(); err != nil {
			t.Error(err)
		}
	}()
	call := app.Call{Actor: identity.Operator()}
	tokens := map[string]string{}
	for _, role := range append(identity.Names(identity.Roles()), stranger) {
		req := app.UserRequest{Name: role}
		if role != stranger {
			req.Grants = []identity.Grant{{Role: identity.Role(role)}}
		}
		_, err := a.AddUser(ctx, call, req)
		m, terr := a.CreateToken(ctx, call, app.TokenRequest{User: role, Name: "t", Days: 1})
		if err := errors.Join(err, terr); err != nil {
			t.Fatal(err)
		}
		tokens[role] = m.Text
	}
	return tokens
}

func typed(ctx context.Context, args ...string) (code int, stdout, stderr string) {
	var out, errs bytes.Buffer
	code = Run(ctx, args, strings.NewReader("correct horse battery\n"), &out, &errs, Hooks{})
	return code, out.String(), errs.String()
}

func unpack(t *testing.T, dir string) string {
	t.Helper()
	a, err := txtar.ParseFile(filepath.Join("testdata", "city.txtar"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "city"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, f := range a.Files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "city")
}
