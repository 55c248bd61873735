package app_test

import (
	"testing"

	"quittance/internal/app"
	"quittance/internal/app/apptest"
	"quittance/internal/egress"
	"quittance/internal/fault"
)

// What would be refused when it is called is refused when it is added; what happened is in the log of deliveries at once, also when no process
// works.
func TestWebhookInside(t *testing.T) {
	apptest.Each(t, func(t *testing.T, d *apptest.Door) {
		d.Import(t, apptest.PublicSector())
		add := func(url string) error {
			_, err := d.AddWebhook(t.Context(), apptest.Call, app.WebhookEntry{URL: url})
			return err
		}
		for _, url := range []string{"http://169.254.169.254/latest", "https://[fe80::1]/x", "http://0.0.0.0/x", "https://224.0.0.1/x"} {
			if err := add(url); fault.RuleOf(err) != "inside" {
				t.Errorf("%s gives %v", url, err)
			}
		}
		if err := add("http://10.1.2.3/hook"); err != nil {
			t.Errorf("a process that does not know what may be called refuses an address of the network: %v", err)
		}
		d.Reach(app.Outside{Egress: egress.Options{Allow: []string{"10.1.0.0/16"}}})
		if err := add("http://10.1.2.3/hook"); err != nil {
			t.Errorf("a listed address is refused: %v", err)
		}
		for _, url := range []string{"http://10.2.0.1/hook", "http://localhost/hook", "http://127.0.0.1/hook"} {
			if err := add(url); fault.RuleOf(err) != "inside" {
				t.Errorf("%s gives %v", url, err)
			}
		}
		d.Import(t, apptest.PublicSector().Append("accounts", "29999,More,liability,"))
		part, err := d.Deliveries(t.Context(), apptest.Call, app.DeliveryQuery{}, app.Page{})
		if err != nil || len(part.Items) != 2 || part.Items[0].Kind != "import.done" {
			t.Errorf("the log of deliveries has %+v, %v", part.Items, err)
		}
	})
}
