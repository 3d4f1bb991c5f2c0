package main

import (
	"context"
	"errors"

	"golang.org/x/sync/errgroup"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/report"
)

// askRegistry fills in what the registry serves under the named tags, where trust
// data was read to compare it with. The error is that an answer is bad, or why there
// is none.
func askRegistry(ctx context.Context, s *session, views []admin.Look, names []image.Name, repositories []report.Repository) error {
	errs := make([]error, len(views))
	var group errgroup.Group
	group.SetLimit(admin.DefaultParallel)
	for i, v := range views {
		if v.Repository == nil {
			continue
		}
		group.Go(func() error {
			format := s.DialectOf(v.GUN)
			served := s.Service.Served(ctx, v.GUN, format.Resolve(v.Repository, names[i].Tag))
			repositories[i].Registry = report.NewServed(served, format.Explain(served))
			switch {
			case served.Fault != nil:
				errs[i] = served.Fault
			case served.State == model.ServedDiffers || served.State == model.ServedAbsent:
				errs[i] = errMismatch
			}
			return nil
		})
	}
	_ = group.Wait() // the functions return no error
	return errors.Join(errs...)
}

// putRegistry adds what the registry serves to the facts about a tag. Why it could not
// be asked, and what to do about that, is said on standard error.
func putRegistry(f *table.Fields, s *report.Served) {
	switch {
	case s == nil:
	case s.Fault != nil:
		f.Put("registry", s.State+": it could not be read")
	default:
		f.Put("registry", s.State+": "+s.Text)
		f.Put("with trust", s.ContentTrust)
		f.Put("without", s.Plain)
		f.Put("remedy", s.Remedy)
	}
}
