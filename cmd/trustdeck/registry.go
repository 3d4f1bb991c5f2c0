package main

import (
	"context"
	"crypto/tls"
	"errors"

	"golang.org/x/sync/errgroup"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/cmd/trustdeck/internal/table"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/notary/docker"
	"trustdeck/model/report"
	"trustdeck/remote/registry"
	"trustdeck/remote/transport"
)

// openRegistry joins the registries of docker: its logins and its certificates. An
// endpoint takes the place of all registries where it is not empty. What a user says
// about the trust server, such as NOTARY_AUTH, is not for them.
func openRegistry(s settings.Settings, events *admin.Log, endpoint string) (*registry.Client, error) {
	return registry.New(registry.Config{
		Endpoint: endpoint, Credentials: dockerLogins(s.DockerConfig), Timeout: s.Timeout,
		TLS:       func(hostport string) (*tls.Config, error) { return registry.DockerTLS(s.DockerConfig, hostport) },
		UserAgent: "trustdeck/" + build().Version, Log: events.Add,
	})
}

// dockerLogins is Docker's folder, which is looked into only when a registry wants to
// know who asks: what is wrong with it matters to nobody else, and a login that is
// made meanwhile counts.
type dockerLogins string

// Find looks a registry up.
func (d dockerLogins) Find(ctx context.Context, registry string) (transport.Login, error) {
	logins, err := transport.NewDockerCredentials(string(d))
	if err != nil {
		return transport.Login{}, err
	}
	return logins.Find(ctx, registry)
}

// askRegistry fills in what the registry serves under the named tags, where trust
// data was read to compare it with. The error is that an answer is bad, or why there
// is none.
func askRegistry(ctx context.Context, d desk, views []admin.View, names []image.Name, repositories []report.Repository) error {
	errs := make([]error, len(views))
	var group errgroup.Group
	group.SetLimit(admin.DefaultParallel)
	for i, v := range views {
		if v.Repository == nil {
			continue
		}
		group.Go(func() error {
			served := d.Served(ctx, v.GUN, docker.Resolve(v.Repository, names[i].Tag))
			repositories[i].Registry = report.NewServed(served, docker.Dialect{}.Explain(served))
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
		f.Put("registry", s.State+": it could not be asked")
	default:
		f.Put("registry", s.State+": "+s.Text)
		f.Put("with trust", s.ContentTrust)
		f.Put("without", s.Plain)
		f.Put("remedy", s.Remedy)
	}
}
