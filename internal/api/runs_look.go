package api

import (
	"context"
	"net/http"

	"quittance/internal/app"
	"quittance/internal/identity"
	"quittance/internal/reimbursement"
)

func runLooks(d *door) {
	add(d, operation{
		id: "list-runs", method: http.MethodGet, path: "/companies/{company}/runs", tag: "Runs", permission: identity.Read,
		summary: "List of runs", about: "The newest first.",
	}, func(ctx context.Context, in *struct {
		Company
		Paged
		State string `query:"state" enum:"proposed,posting,posted,cancelled"`
	},
	) (*page[reimbursement.RunView], error) {
		part, err := d.app.RunsPage(ctx, d.call(ctx, in.Company.Company, ""), in.State, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-run", method: http.MethodGet, path: "/companies/{company}/runs/{run}", tag: "Runs", permission: identity.Read, tagged: true,
		summary: "A run", about: "With its sums, its selection and how it decided.",
	}, func(ctx context.Context, in *struct {
		RunOf
		NoneMatch
	},
	) (*single[reimbursement.RunView], error) {
		run, err := d.runState(ctx, in.RunOf)
		if err != nil {
			return nil, err
		}
		return show(in.NoneMatch, *run)
	})
	add(d, operation{
		id: "list-run-lines", method: http.MethodGet, path: "/companies/{company}/runs/{run}/lines", tag: "Runs", permission: identity.Read,
		summary: "Lines of a run", about: "Every candidate, a customer in one currency, with its decision.",
	}, func(ctx context.Context, in *struct {
		RunOf
		Paged
		Customer string `query:"customer" maxLength:"60" doc:"What the code begins with."`
		Excluded string `query:"excluded" enum:"true,false" doc:"true: who is left out; false: who is reimbursed."`
		Reason   string `query:"reason" maxLength:"60" doc:"Left out for this reason."`
	},
	) (*page[app.RunLine], error) {
		part, err := d.app.RunLinesPage(ctx, d.call(ctx, in.Company.Company, ""), in.Run, app.LineFilter{Customer: in.Customer, Excluded: flag(in.Excluded), Reason: in.Reason}, in.page())
		return pageOf(ctx, part, err)
	})
	add(d, operation{
		id: "get-run-posting", method: http.MethodGet, path: "/companies/{company}/runs/{run}/posting", tag: "Runs", permission: identity.Read,
		summary: "How far the posting of a run is", about: "Whoever posts it.",
	}, func(ctx context.Context, in *RunOf) (*reply[app.RunPosting], error) {
		p, err := d.app.Posting(ctx, d.call(ctx, in.Company.Company, ""), in.Run)
		if err != nil {
			return nil, err
		}
		return &reply[app.RunPosting]{*p}, nil
	})
}

// Simulation is what a run would do: its sums, and the first decisions.
type Simulation struct {
	Run reimbursement.RunView `json:"run"`
	reimbursement.Decisions
	More bool `json:"more" doc:"There are more decisions than these."`
}

// add is an [app.Decide] that keeps the first decisions of each kind.
func (s *Simulation) add(d reimbursement.Decisions, most int) {
	s.More = s.More || len(s.Reimbursements)+len(d.Reimbursements) > most || len(s.Nettings)+len(d.Nettings) > most || len(s.Excluded)+len(d.Excluded) > most
	s.Reimbursements = upTo(most, s.Reimbursements, d.Reimbursements)
	s.Nettings = upTo(most, s.Nettings, d.Nettings)
	s.Excluded = upTo(most, s.Excluded, d.Excluded)
}

func upTo[T any](most int, all, more []T) []T {
	return append(all, more[:min(len(more), most-len(all))]...)
}

// Most is how many decisions are shown.
type Most struct {
	Limit int `query:"limit" minimum:"0" maximum:"500" default:"50" doc:"How many reimbursements, nettings and exclusions are shown at most, of each."`
}

func runSimulations(d *door) {
	add(d, operation{
		id: "simulate-run", method: http.MethodPost, path: "/companies/{company}/runs/simulations", tag: "Runs", permission: identity.Read,
		summary: "Show what a run would do", about: "Writes nothing. It shows the sums and the first decisions; the stream shows all of them, and so does a proposed run.",
	}, func(ctx context.Context, in *struct {
		Company
		Most
		Body RunRequest
	},
	) (*reply[Simulation], error) {
		req, err := in.Body.request()
		if err != nil {
			return nil, err
		}
		return simulation(in.Limit, func(each app.Decide) (*reimbursement.RunView, error) {
			return d.app.Simulate(ctx, d.call(ctx, in.Company.Company, ""), req, each)
		})
	})
	add(d, operation{
		id: "simulate-saved-run", method: http.MethodPost, path: "/companies/{company}/runs/{run}/simulation", tag: "Runs", permission: identity.Read,
		summary: "Show what a saved run would do now", about: "Its selection and options, as the company is now. Writes nothing.",
	}, func(ctx context.Context, in *struct {
		RunOf
		Most
	},
	) (*reply[Simulation], error) {
		return simulation(in.Limit, func(each app.Decide) (*reimbursement.RunView, error) {
			return d.app.SimulateRun(ctx, d.call(ctx, in.Company.Company, ""), in.Run, each)
		})
	})
}

func simulation(most int, simulate func(app.Decide) (*reimbursement.RunView, error)) (*reply[Simulation], error) {
	var s Simulation
	run, err := simulate(func(d reimbursement.Decisions) error {
		s.add(d, most)
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.Run = *run
	return &reply[Simulation]{s}, nil
}
