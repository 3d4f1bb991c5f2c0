package registry

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"oras.land/oras-go/v2/registry"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/remote/transport"
)

// Docker Hub goes by several names.
const (
	hub      = "docker.io"
	hubIndex = "index.docker.io"
	hubHost  = "registry-1.docker.io"
)

// A name is that of a repository, taken apart.
type name struct {
	// registry as docker login names it, path of the repository in it.
	registry, path string
}

// parse takes the name of a repository apart as docker does. Names for which docker
// knows no registry are refused: trust data may go by any name.
func parse(gun model.GUN) (name, error) {
	host, path, ok := strings.Cut(string(gun), "/")
	if !ok || !strings.ContainsAny(host, ".:") && host != "localhost" {
		return name{}, &model.Fault{
			Kind: model.FaultUsage, Subject: display.Strip(string(gun), model.MaxNameLength), Text: "the name doesn't start with a registry",
			Hint: "image repositories have names such as docker.io/library/alpine; other repositories hold no images",
		}
	}
	if host == hubIndex {
		host = hub
	}
	if host == hub && !strings.Contains(path, "/") {
		path = "library/" + path
	}
	ref := registry.Reference{Registry: host, Repository: path}
	for _, check := range []func() error{ref.ValidateRegistry, ref.ValidateRepository, func() error { return validHost(host) }} {
		if err := check(); err != nil {
			return name{}, &model.Fault{
				Kind: model.FaultUsage, Subject: display.Strip(string(gun), model.MaxNameLength), Text: "no registry can have a repository of this name", Err: err,
				Hint: "docker allows lower-case letters, digits and separators; repositories with other names hold no images",
			}
		}
	}
	return name{host, path}, nil
}

// validHost refuses what is no host of a URL: "::" is an address to some, and none there.
func validHost(host string) error {
	u, err := url.Parse("https://" + host)
	if err == nil && u.Host != host {
		err = fmt.Errorf("%q is not the host of a URL", host)
	}
	return err
}

// checkReference refuses what is neither a tag nor a digest: trust data may list any
// name.
func checkReference(reference string) error {
	err := registry.Reference{Reference: reference}.ValidateReference()
	if err == nil && reference != "" {
		return nil
	}
	return &model.Fault{
		Kind: model.FaultUsage, Subject: display.Strip(reference, 128), Text: "no registry can have a tag of this name", Err: err,
		Hint: "docker allows up to 128 letters, digits, dots, dashes and underscores; other names belong to files, not images",
	}
}

// places lists where docker would ask for a registry, in order.
func places(host string) []*url.URL {
	if host == hub {
		return []*url.URL{{Scheme: "https", Host: hubHost}}
	}
	secure := &url.URL{Scheme: "https", Host: host}
	if !here(host) {
		return []*url.URL{secure}
	}
	return []*url.URL{secure, {Scheme: "http", Host: host}}
}

// here reports whether a host, with a port or without, is by its own name on this
// very machine.
func here(host string) bool {
	if bare, _, err := net.SplitHostPort(host); err == nil {
		host = bare
	}
	return transport.Loopback(strings.Trim(host, "[]"))
}
