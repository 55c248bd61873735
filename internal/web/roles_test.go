package web_test

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/civil"
	"quittance/internal/db/dbtest"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
	"quittance/internal/web"
	"quittance/internal/web/webtest"
)

// Whom an address is for besides those with a permission: everybody, signed in or not; and whoever is signed in.
// Nobodys are what belongs to who made it; the walker made none of them.
const everybody, signedIn, nobodys identity.Permission = "everybody", "signed in", "nobody's"

// address is one address of the pages, and whom it is for.
type address struct {
	permission identity.Permission
	path       string // with values for its names; blank: the pattern as it stands
	form       string // what is posted
}

// Every page and every form is refused to a role that lacks its permission, and to who belongs to another company.
func TestEveryPageByEveryRole(t *testing.T) {
	d := apptest.New(t, dbtest.Open(t, dbtest.URL(t, "sqlite")))
	openGrocer(t, d)
	heldDeduction(t, d)                                                                  // by CPJ-00000001
	payment(t, d, "200.00", app.PaymentApplyRequest{Voucher: "INV-3", Amount: "200.00"}) // CPJ-00000002, a draft
	d.MustPost(t, app.RunRequest{Selection: reimbursement.Selection{Credits: []string{"PAY"}}, Date: civil.MustParse("2026-11-30")})
	if _, err := d.Propose(t.Context(), apptest.Call, app.RunRequest{Selection: reimbursement.Selection{Credits: []string{"CN-P"}}, Date: civil.MustParse("2026-11-30")}, nil); err != nil {
		t.Fatal(err)
	}
	proposed(t, d) // VPJ-00000001
	aRequest(t, d) // RQ-00000001
	site := webtest.Serve(t, d, web.Options{})
	readers := map[string]*webtest.Reader{}
	for _, role := range identity.Roles() {
		readers[string(role)] = site.SignedIn(role)
	}
	site.AddUser("stranger")
	readers["stranger"] = site.Reader()
	readers["stranger"].SignIn("stranger")
	all := web.Patterns(d.App)
	for _, p := range all {
		a, known := addresses[p]
		if !known {
			t.Errorf("%q is not in the table of this test: say whom it is for", p)
			continue
		}
		if a.permission == everybody {
			continue
		}
		for role, reader := range readers {
			status := ask(t, reader, site.URL, p, a)
			may := a.permission == signedIn || role != "stranger" && identity.Actor{Roles: []identity.Role{identity.Role(role)}}.Allow(a.permission) == nil
			denied := status == http.StatusForbidden || status == http.StatusNotFound && (role == "stranger" && a.permission != signedIn || a.permission == nobodys)
			if denied == may || status >= 500 {
				t.Errorf("%s, %s: may %v, but the answer is %d", role, p, may, status)
			}
		}
		if got := ask(t, site.Reader(), site.URL, p, a); got != http.StatusSeeOther && got != http.StatusUnauthorized {
			t.Errorf("nobody, %s: the answer is %d", p, got)
		}
	}
	for p := range addresses {
		if !slices.Contains(all, p) {
			t.Errorf("the table of this test has %q, which is no address any more", p)
		}
	}
}

// ask sends what the address expects, and gives the status of the first answer.
func ask(t *testing.T, reader *webtest.Reader, base, pattern string, a address) int {
	t.Helper()
	method, path, _ := strings.Cut(pattern, " ")
	if a.path != "" {
		path = a.path
	}
	path = strings.NewReplacer("{company}", "PSUS", "{$}", "").Replace(path)
	form, err := url.ParseQuery(a.form)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(method, base+path, strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	if method == http.MethodPost {
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	once := *reader.Client
	once.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	resp, err := once.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp.StatusCode
}

// addresses are all of them.
var addresses = map[string]address{
	"/":                                     {everybody, "", ""},
	"POST /preferences":                     {everybody, "", ""},
	"GET /sign-in":                          {everybody, "", ""},
	"POST /sign-in":                         {everybody, "", ""},
	"POST /sign-out":                        {everybody, "", ""},
	"GET /setup":                            {everybody, "", ""},
	"POST /setup":                           {everybody, "", ""},
	"GET /{$}":                              {signedIn, "", ""},
	"GET /account/tokens":                   {signedIn, "", ""},
	"POST /account/tokens":                  {signedIn, "", ""},
	"POST /account/tokens/{id}/revoke":      {nobodys, "/account/tokens/1/revoke", ""},
	"GET /account/password":                 {signedIn, "", ""},
	"POST /account/password":                {signedIn, "", ""},
	"GET /users":                            {identity.Administer, "", ""},
	"GET /users/new":                        {identity.Administer, "", ""},
	"POST /users":                           {identity.Administer, "", ""},
	"GET /users/{name}":                     {identity.Administer, "/users/viewer", ""},
	"POST /users/{name}/email":              {identity.Administer, "/users/nobody/email", "email=a@b.example"},
	"POST /users/{name}/roles":              {identity.Administer, "/users/nobody/roles", ""},
	"POST /users/{name}/password":           {identity.Administer, "/users/nobody/password", ""},
	"POST /users/{name}/disable":            {identity.Administer, "/users/nobody/disable", ""},
	"POST /users/{name}/enable":             {identity.Administer, "/users/nobody/enable", ""},
	"POST /users/{name}/tokens/{id}/revoke": {nobodys, "/users/viewer/tokens/1/revoke", ""},

	"GET /c/{company}/{$}":                              {identity.Read, "", ""},
	"GET /c/{company}/search":                           {identity.Read, "/c/PSUS/search?q=C", ""},
	"GET /c/{company}/customers":                        {identity.Read, "", ""},
	"GET /c/{company}/runs":                             {identity.Read, "", ""},
	"GET /c/{company}/runs/new":                         {identity.Read, "", ""},
	"GET /c/{company}/runs/simulate":                    {identity.Read, "/c/PSUS/runs/simulate?who=all&date=2026-11-30", ""},
	"POST /c/{company}/runs/propose":                    {identity.Reimburse, "", "who=all&date=2026-11-30"},
	"GET /c/{company}/runs/{code}":                      {identity.Read, "/c/PSUS/runs/RUN-000001", ""},
	"GET /c/{company}/runs/{code}/events":               {identity.Read, "/c/PSUS/runs/RUN-000001/events", ""},
	"POST /c/{company}/runs/{code}/exclude":             {identity.Reimburse, "/c/PSUS/runs/RUN-000002/exclude", "pick=C-1001/USD&reason=x"},
	"GET /c/{company}/runs/{code}/post":                 {identity.Reimburse, "/c/PSUS/runs/RUN-000002/post", ""},
	"POST /c/{company}/runs/{code}/post":                {identity.Reimburse, "/c/PSUS/runs/RUN-000002/post", ""},
	"GET /c/{company}/runs/{code}/cancel":               {identity.Reimburse, "/c/PSUS/runs/RUN-000002/cancel", ""},
	"POST /c/{company}/runs/{code}/cancel":              {identity.Reimburse, "/c/PSUS/runs/RUN-000002/cancel", "reason=x"},
	"GET /c/{company}/runs/{code}/reverse":              {identity.Reimburse, "/c/PSUS/runs/RUN-000001/reverse", ""},
	"POST /c/{company}/runs/{code}/reverse":             {identity.Reimburse, "/c/PSUS/runs/RUN-000001/reverse", "date=2026-11-30&reason=x"},
	"GET /c/{company}/reimbursements":                   {identity.Read, "", ""},
	"GET /c/{company}/reimbursements/{number}":          {identity.Read, "/c/PSUS/reimbursements/RB-00000001", ""},
	"GET /c/{company}/reimbursements/{number}/reverse":  {identity.Reimburse, "/c/PSUS/reimbursements/RB-00000001/reverse", ""},
	"POST /c/{company}/reimbursements/{number}/reverse": {identity.Reimburse, "/c/PSUS/reimbursements/RB-00000001/reverse", "date=2026-11-30&reason=x"},
	"GET /c/{company}/import":                           {identity.Read, "", ""},
	"POST /c/{company}/import/check":                    {identity.SetUp, "", ""},
	"POST /import/check":                                {identity.SetUp, "", ""},
	"POST /c/{company}/import":                          {nobodys, "", ""},
	"GET /c/{company}/export":                           {identity.Read, "", ""},
	"GET /import":                                       {identity.SetUp, "", ""},
	"POST /import":                                      {nobodys, "", ""},
	"GET /tasks/import/{id}":                            {nobodys, "/tasks/import/x", ""},
	"GET /tasks/import/{id}/events":                     {nobodys, "/tasks/import/x/events", ""},
	"POST /tasks/import/{id}/cancel":                    {nobodys, "/tasks/import/x/cancel", ""},

	"GET /c/{company}/setup":                            {identity.Read, "", ""},
	"GET /c/{company}/setup/{part}":                     {identity.Read, "/c/PSUS/setup/accounts", ""},
	"GET /c/{company}/parameters/{name}":                {identity.SetUp, "/c/PSUS/parameters/minimum_reimbursement", ""},
	"POST /c/{company}/parameters/{name}":               {identity.SetUp, "/c/PSUS/parameters/minimum_reimbursement", "value=1.00&step=do"},
	"GET /c/{company}/marks":                            {identity.Read, "", ""},
	"GET /c/{company}/new-journal":                      {identity.PostVoucher, "", ""},
	"POST /c/{company}/new-journal":                     {identity.PostVoucher, "", "step=do&rows=2&account1=101-11530"},
	"GET /c/{company}/new-document":                     {identity.PostVoucher, "", ""},
	"POST /c/{company}/new-document":                    {identity.PostVoucher, "", "step=do&rows=1&type=payment&party=C-1001"},
	"GET /c/{company}/verify":                           {identity.Prove, "", ""},
	"POST /c/{company}/verify":                          {identity.Prove, "", ""},
	"GET /c/{company}/audit":                            {identity.Read, "", ""},
	"GET /c/{company}/periods":                          {identity.Read, "", ""},
	"GET /c/{company}/periods/{start}":                  {identity.SetUp, "/c/PSUS/periods/2026-11-01", ""},
	"POST /c/{company}/periods/{start}":                 {identity.SetUp, "/c/PSUS/periods/2026-11-01", "step=do&status=open"},
	"GET /c/{company}/trace":                            {identity.Read, "", ""},
	"GET /c/{company}/control":                          {identity.Read, "", ""},
	"GET /c/{company}/trial-balance":                    {identity.Read, "", ""},
	"GET /c/{company}/accounts/{account}":               {identity.Read, "/c/PSUS/accounts/11530", ""},
	"GET /c/{company}/accounts/{account}/entries":       {identity.Read, "/c/PSUS/accounts/11530/entries", ""},
	"GET /c/{company}/vouchers":                         {identity.Read, "", ""},
	"GET /c/{company}/vouchers/{number}":                {identity.Read, "/c/PSUS/vouchers/PAY", ""},
	"GET /c/{company}/vouchers/{number}/reverse":        {identity.PostVoucher, "/c/PSUS/vouchers/CN-U/reverse", ""},
	"POST /c/{company}/vouchers/{number}/reverse":       {identity.PostVoucher, "/c/PSUS/vouchers/CN-U/reverse", "step=do&date=2026-11-30&reason=x"},
	"GET /c/{company}/parties/{party}":                  {identity.Read, "/c/PSUS/parties/C-1001", ""},
	"GET /c/{company}/vendors":                          {identity.Read, "", ""},
	"GET /c/{company}/tasks/runs/{id}":                  {nobodys, "/c/PSUS/tasks/runs/x", ""},
	"GET /c/{company}/tasks/runs/{id}/events":           {nobodys, "/c/PSUS/tasks/runs/x/events", ""},
	"POST /c/{company}/tasks/runs/{id}/cancel":          {nobodys, "/c/PSUS/tasks/runs/x/cancel", ""},
	"GET /c/{company}/tasks/import/{id}":                {nobodys, "/c/PSUS/tasks/import/x", ""},
	"GET /c/{company}/tasks/import/{id}/events":         {nobodys, "/c/PSUS/tasks/import/x/events", ""},
	"POST /c/{company}/tasks/import/{id}/cancel":        {nobodys, "/c/PSUS/tasks/import/x/cancel", ""},
	"GET /c/{company}/customers/{party}/reimbursements": {identity.Read, "/c/PSUS/customers/C-1001/reimbursements", ""},
	"GET /c/{company}/customers/{party}":                {identity.Read, "/c/PSUS/customers/C-1001", ""},
	"POST /c/{company}/customers/{party}/bank":          {identity.BankDetails, "/c/PSUS/customers/C-1001/bank", ""},
	"GET /c/{company}/customers/{party}/items":          {identity.Read, "/c/PSUS/customers/C-1001/items", ""},
	"GET /c/{company}/customers/{party}/settlements":    {identity.Read, "/c/PSUS/customers/C-1001/settlements", ""},
	"GET /c/{company}/customers/{party}/marks":          {identity.Read, "/c/PSUS/customers/C-1001/marks", ""},
	"GET /c/{company}/customers/{party}/statement":      {identity.Read, "/c/PSUS/customers/C-1001/statement", ""},
	"GET /c/{company}/customers/{party}/settle":         {identity.PostVoucher, "/c/PSUS/customers/C-1001/settle", ""},
	"POST /c/{company}/customers/{party}/settle":        {identity.PostVoucher, "/c/PSUS/customers/C-1001/settle", "step=do&debit=X&credit=CN-U"},
	"GET /c/{company}/customers/{party}/auto-settle":    {identity.PostVoucher, "/c/PSUS/customers/C-1001/auto-settle", ""},
	"POST /c/{company}/customers/{party}/auto-settle":   {identity.PostVoucher, "/c/PSUS/customers/C-1001/auto-settle", "step=do"},
	"GET /c/{company}/customers/{party}/unsettle":       {identity.PostVoucher, "/c/PSUS/customers/C-1001/unsettle", ""},
	"POST /c/{company}/customers/{party}/unsettle":      {identity.PostVoucher, "/c/PSUS/customers/C-1001/unsettle", "step=do&debit=X&credit=CN-U"},
	"GET /c/{company}/customers/{party}/mark":           {identity.PostVoucher, "/c/PSUS/customers/C-1001/mark", ""},
	"POST /c/{company}/customers/{party}/mark":          {identity.PostVoucher, "/c/PSUS/customers/C-1001/mark", "step=do&voucher=CN-U&journal=J"},
	"GET /c/{company}/customers/{party}/release":        {identity.PostVoucher, "/c/PSUS/customers/C-1001/release", ""},
	"POST /c/{company}/customers/{party}/release":       {identity.PostVoucher, "/c/PSUS/customers/C-1001/release", "step=do&voucher=CN-U&journal=J"},
	"GET /c/{company}/customers/{party}/hold":           {identity.SetUp, "/c/PSUS/customers/C-1001/hold", ""},
	"POST /c/{company}/customers/{party}/hold":          {identity.SetUp, "/c/PSUS/customers/C-1001/hold", "step=do&hold=no&reason=x"},
	"GET /c/{company}/vendors/{party}":                  {identity.Read, "/c/PSUS/vendors/V-1001", ""},
	"POST /c/{company}/vendors/{party}/bank":            {identity.BankDetails, "/c/PSUS/vendors/V-1001/bank", ""},
	"GET /c/{company}/vendors/{party}/items":            {identity.Read, "/c/PSUS/vendors/V-1001/items", ""},
	"GET /c/{company}/vendors/{party}/settlements":      {identity.Read, "/c/PSUS/vendors/V-1001/settlements", ""},
	"GET /c/{company}/vendors/{party}/marks":            {identity.Read, "/c/PSUS/vendors/V-1001/marks", ""},
	"GET /c/{company}/vendors/{party}/statement":        {identity.Read, "/c/PSUS/vendors/V-1001/statement", ""},
	"GET /c/{company}/vendors/{party}/settle":           {identity.PostVoucher, "/c/PSUS/vendors/V-1001/settle", ""},
	"POST /c/{company}/vendors/{party}/settle":          {identity.PostVoucher, "/c/PSUS/vendors/V-1001/settle", "step=do&debit=X&credit=CN-U"},
	"GET /c/{company}/vendors/{party}/auto-settle":      {identity.PostVoucher, "/c/PSUS/vendors/V-1001/auto-settle", ""},
	"POST /c/{company}/vendors/{party}/auto-settle":     {identity.PostVoucher, "/c/PSUS/vendors/V-1001/auto-settle", "step=do"},
	"GET /c/{company}/vendors/{party}/unsettle":         {identity.PostVoucher, "/c/PSUS/vendors/V-1001/unsettle", ""},
	"POST /c/{company}/vendors/{party}/unsettle":        {identity.PostVoucher, "/c/PSUS/vendors/V-1001/unsettle", "step=do&debit=X&credit=CN-U"},
	"GET /c/{company}/vendors/{party}/mark":             {identity.PostVoucher, "/c/PSUS/vendors/V-1001/mark", ""},
	"POST /c/{company}/vendors/{party}/mark":            {identity.PostVoucher, "/c/PSUS/vendors/V-1001/mark", "step=do&voucher=CN-U&journal=J"},
	"GET /c/{company}/vendors/{party}/release":          {identity.PostVoucher, "/c/PSUS/vendors/V-1001/release", ""},
	"POST /c/{company}/vendors/{party}/release":         {identity.PostVoucher, "/c/PSUS/vendors/V-1001/release", "step=do&voucher=CN-U&journal=J"},
	"GET /c/{company}/vendors/{party}/hold":             {identity.SetUp, "/c/PSUS/vendors/V-1001/hold", ""},
	"POST /c/{company}/vendors/{party}/hold":            {identity.SetUp, "/c/PSUS/vendors/V-1001/hold", "step=do&hold=no&reason=x"},
	"GET /c/{company}/tasks/audit/{id}":                 {nobodys, "/c/PSUS/tasks/audit/x", ""},
	"GET /c/{company}/tasks/audit/{id}/events":          {nobodys, "/c/PSUS/tasks/audit/x/events", ""},
	"POST /c/{company}/tasks/audit/{id}/cancel":         {nobodys, "/c/PSUS/tasks/audit/x/cancel", ""},
}
