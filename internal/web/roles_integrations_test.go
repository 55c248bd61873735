package web_test

import (
	"maps"

	"quittance/internal/identity"
)

func init() { maps.Copy(addresses, integrationAddresses) }

// integrationAddresses are those about webhooks, deliveries, events, schedules, exports and mails.
var integrationAddresses = map[string]address{
	"GET /c/{company}/integrations":                               {identity.Read, "", ""},
	"GET /c/{company}/integrations/events":                        {identity.Read, "", ""},
	"GET /c/{company}/integrations/events/{event}":                {identity.Read, "/c/PSUS/integrations/events/none", ""},
	"GET /c/{company}/integrations/webhooks":                      {identity.Administer, "", ""},
	"GET /c/{company}/integrations/webhooks/new":                  {identity.Administer, "", ""},
	"POST /c/{company}/integrations/webhooks/new":                 {identity.Administer, "", "url=x"},
	"GET /c/{company}/integrations/webhooks/{webhook}":            {identity.Administer, "/c/PSUS/integrations/webhooks/1", ""},
	"GET /c/{company}/integrations/webhooks/{webhook}/change":     {identity.Administer, "/c/PSUS/integrations/webhooks/1/change", ""},
	"POST /c/{company}/integrations/webhooks/{webhook}/change":    {identity.Administer, "/c/PSUS/integrations/webhooks/1/change", ""},
	"GET /c/{company}/integrations/webhooks/{webhook}/rotate":     {identity.Administer, "/c/PSUS/integrations/webhooks/1/rotate", ""},
	"POST /c/{company}/integrations/webhooks/{webhook}/rotate":    {identity.Administer, "/c/PSUS/integrations/webhooks/1/rotate", ""},
	"POST /c/{company}/integrations/webhooks/{webhook}/test":      {identity.Administer, "/c/PSUS/integrations/webhooks/1/test", ""},
	"GET /c/{company}/integrations/webhooks/{webhook}/remove":     {identity.Administer, "/c/PSUS/integrations/webhooks/1/remove", ""},
	"POST /c/{company}/integrations/webhooks/{webhook}/remove":    {identity.Administer, "/c/PSUS/integrations/webhooks/1/remove", ""},
	"GET /c/{company}/integrations/webhooks/{webhook}/replay":     {identity.Administer, "/c/PSUS/integrations/webhooks/1/replay", ""},
	"POST /c/{company}/integrations/webhooks/{webhook}/replay":    {identity.Administer, "/c/PSUS/integrations/webhooks/1/replay", "from=1"},
	"GET /c/{company}/integrations/deliveries":                    {identity.Administer, "", ""},
	"GET /c/{company}/integrations/deliveries/{delivery}":         {identity.Administer, "/c/PSUS/integrations/deliveries/none", ""},
	"GET /c/{company}/integrations/deliveries/{delivery}/cancel":  {identity.Administer, "/c/PSUS/integrations/deliveries/none/cancel", ""},
	"POST /c/{company}/integrations/deliveries/{delivery}/cancel": {identity.Administer, "/c/PSUS/integrations/deliveries/none/cancel", "reason=x"},
	"POST /c/{company}/integrations/deliveries/{delivery}/replay": {identity.Administer, "/c/PSUS/integrations/deliveries/none/replay", ""},
	"GET /c/{company}/integrations/schedules":                     {identity.Administer, "", ""},
	"GET /c/{company}/integrations/schedule":                      {identity.Administer, "", ""},
	"POST /c/{company}/integrations/schedule":                     {identity.Administer, "", "kind=import"},
	"GET /c/{company}/integrations/schedules/{schedule}":          {identity.Administer, "/c/PSUS/integrations/schedules/NONE", ""},
	"POST /c/{company}/integrations/schedules/{schedule}/pause":   {identity.Administer, "/c/PSUS/integrations/schedules/NONE/pause", ""},
	"POST /c/{company}/integrations/schedules/{schedule}/resume":  {identity.Administer, "/c/PSUS/integrations/schedules/NONE/resume", ""},
	"POST /c/{company}/integrations/schedules/{schedule}/run":     {identity.Administer, "/c/PSUS/integrations/schedules/NONE/run", ""},
	"GET /c/{company}/integrations/schedules/{schedule}/remove":   {identity.Administer, "/c/PSUS/integrations/schedules/NONE/remove", ""},
	"POST /c/{company}/integrations/schedules/{schedule}/remove":  {identity.Administer, "/c/PSUS/integrations/schedules/NONE/remove", ""},
	"GET /c/{company}/integrations/exports":                       {identity.Read, "", ""},
	"GET /c/{company}/integrations/export-target":                 {identity.SetUp, "", ""},
	"POST /c/{company}/integrations/export-target":                {identity.SetUp, "", "target=x"},
	"GET /c/{company}/integrations/exports/{target}":              {identity.Read, "/c/PSUS/integrations/exports/NONE", ""},
	"GET /c/{company}/integrations/exports/{target}/remove":       {identity.SetUp, "/c/PSUS/integrations/exports/NONE/remove", ""},
	"POST /c/{company}/integrations/exports/{target}/remove":      {identity.SetUp, "/c/PSUS/integrations/exports/NONE/remove", ""},
	"GET /c/{company}/integrations/exports/{target}/make":         {identity.HandOver, "/c/PSUS/integrations/exports/NONE/make", ""},
	"POST /c/{company}/integrations/exports/{target}/make":        {identity.HandOver, "/c/PSUS/integrations/exports/NONE/make", ""},
	"GET /c/{company}/integrations/exports/{target}/{n}/file":     {identity.HandOver, "/c/PSUS/integrations/exports/NONE/1/file", ""},
	"GET /c/{company}/integrations/exports/{target}/{n}/void":     {identity.HandOver, "/c/PSUS/integrations/exports/NONE/1/void", ""},
	"POST /c/{company}/integrations/exports/{target}/{n}/void":    {identity.HandOver, "/c/PSUS/integrations/exports/NONE/1/void", "reason=x"},
	"GET /c/{company}/mail-choices":                               {identity.Read, "", ""},
	"POST /c/{company}/mail-choices":                              {identity.Read, "", "kind=run.posted&how=off"},
	"POST /c/{company}/mail-choices/remove":                       {identity.Read, "", "kind=run.posted"},
	"POST /c/{company}/mail-choices/language":                     {identity.Read, "", "language=en"},
}
