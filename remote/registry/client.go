package registry

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"sync"
	"time"

	"oras.land/oras-go/v2/registry"
	"oras.land/oras-go/v2/registry/remote"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/remote/transport"
)

// maxManifest is the most bytes of a manifest: what registries accept.
const maxManifest = 4 << 20

// Config says how registries are reached.
type Config struct {
	// Endpoint is asked in place of every registry, https://host:port, where it
	// is not empty: a practice world. It gets the login of each registry.
	Endpoint string
	// TLS returns what was given for one host, named as host:port, as in
	// transport.Config.
	TLS func(hostport string) (*tls.Config, error)
	// Credentials are asked for when a registry wants to know who asks; nil has
	// none.
	Credentials transport.Credentials
	// Timeout of one request; 0 means transport.DefaultTimeout.
	Timeout time.Duration
	// UserAgent names this program to the registry.
	UserAgent string
	// Log receives an event for each request; nil drops them. Events hold no
	// secrets and no queries.
	Log func(model.Event)
	// Now is the clock that tokens and events go by; nil is the machine's.
	Now func() time.Time
}

// Client reads from registries. It is safe for concurrent use.
type Client struct {
	cfg      Config
	endpoint *url.URL

	mu sync.Mutex
	// clients by scheme and host.
	clients map[string]*transport.Client
}

var _ port.Registry = (*Client)(nil)

// New checks the configuration. It makes no request.
func New(cfg Config) (*Client, error) {
	c := &Client{cfg: cfg, clients: map[string]*transport.Client{}}
	if cfg.Endpoint == "" {
		return c, nil
	}
	u, err := url.Parse(cfg.Endpoint)
	if err != nil || u.Scheme != "https" || u.Host == "" || u.User != nil || strings.Trim(u.Path, "/")+u.RawQuery+u.Fragment != "" {
		return nil, &model.Fault{
			Kind: model.FaultUsage, Subject: "the registry's address", Text: "this is not the address of a registry",
			Hint: "give it as https://host:port",
		}
	}
	c.endpoint = &url.URL{Scheme: u.Scheme, Host: u.Host}
	return c, nil
}

// Close drops the connections that are kept alive.
func (c *Client) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, t := range c.clients {
		t.Close()
	}
}

// Resolve reads the manifest that a tag or digest stands for. A registry on this
// machine that does not answer over TLS is asked without, as docker does.
func (c *Client) Resolve(ctx context.Context, gun model.GUN, reference string) (model.Manifest, error) {
	n, err := parse(gun)
	if err != nil {
		return model.Manifest{}, err
	}
	if err := checkReference(reference); err != nil {
		return model.Manifest{}, err
	}
	at := places(n.registry)
	if c.endpoint != nil {
		at = []*url.URL{c.endpoint}
	}
	var m model.Manifest
	for i, place := range at {
		before := err
		m, err = c.fetch(ctx, place, n, reference)
		kind := model.KindOf(err)
		if i > 0 && kind == model.FaultTLS {
			// It does speak TLS: why it was not understood is the reason.
			err = before
		}
		if ctx.Err() != nil || kind != model.FaultUnreachable && kind != model.FaultTLS {
			break
		}
	}
	return m, err
}

// fetch reads a manifest at one place, and hashes it.
func (c *Client) fetch(ctx context.Context, at *url.URL, n name, reference string) (model.Manifest, error) {
	repo := remote.Repository{
		Client:    &courier{client: c.client(at), name: n},
		Reference: registry.Reference{Registry: at.Host, Repository: n.path},
		PlainHTTP: at.Scheme == "http",
	}
	subject := at.Host + "/" + n.path + separator(reference) + reference
	claimed, body, err := repo.Manifests().FetchReference(ctx, reference)
	if err != nil {
		if fault, ok := errors.AsType[*model.Fault](err); ok {
			return model.Manifest{}, fault
		}
		return model.Manifest{}, badAnswer(subject, "the registry's answer cannot be used: "+display.Strip(err.Error(), 300), err)
	}
	raw, err := io.ReadAll(io.LimitReader(body, maxManifest))
	if err := errors.Join(err, body.Close()); err != nil {
		return model.Manifest{}, badAnswer(subject, "the manifest could not be read", err)
	}
	mediaType := display.Strip(claimed.MediaType, 100)
	if strings.HasPrefix(mediaType, schema1) {
		return model.Manifest{}, &model.Fault{
			Kind: model.FaultBadData, Subject: subject, Text: "the registry serves an image in the old schema 1 format, whose digest doesn't match its bytes",
			Hint: "docker no longer pulls such images; build and push the image again",
		}
	}
	if have := claimed.Digest.Algorithm().FromBytes(raw); have != claimed.Digest {
		return model.Manifest{}, badAnswer(subject, fmt.Sprintf("the registry announces %s but sends %s", claimed.Digest, have), nil)
	}
	return model.Manifest{Digest: digestOf(raw), Size: int64(len(raw)), MediaType: mediaType}, nil
}

// client returns the one client of a place.
func (c *Client) client(at *url.URL) *transport.Client {
	c.mu.Lock()
	defer c.mu.Unlock()
	t := c.clients[at.String()]
	if t == nil {
		t = transport.New(transport.Config{
			Base: at, TLS: c.tls(at), Credentials: c.cfg.Credentials, Timeout: c.cfg.Timeout, UserAgent: c.cfg.UserAgent,
			Log: c.cfg.Log, Now: c.cfg.Now,
			Advice: transport.Advice{
				Trust: func(host string) string {
					return "save its CA certificate as ca.crt in the certs.d/" + host + " folder of Docker's configuration"
				},
				Plain: "only registries on this machine may be used without TLS",
				Login: "; many registries give the same answer for a repository that doesn't exist",
			},
		})
		c.clients[at.String()] = t
	}
	return t
}

// tls gives each host its settings. Certificates on this machine are not checked for a
// registry on this machine, as docker does not: it would also be taken at its word
// without TLS. That of an endpoint that the program was given is.
func (c *Client) tls(at *url.URL) func(string) (*tls.Config, error) {
	return func(hostport string) (*tls.Config, error) {
		var cfg *tls.Config
		if c.cfg.TLS != nil {
			var err error
			if cfg, err = c.cfg.TLS(hostport); err != nil {
				return nil, err
			}
		}
		if c.endpoint != nil || !here(at.Host) || !here(hostport) {
			return cfg, nil
		}
		if cfg == nil {
			cfg = &tls.Config{MinVersion: tls.VersionTLS12}
		}
		cfg = cfg.Clone()
		cfg.InsecureSkipVerify = true
		return cfg, nil
	}
}

func separator(reference string) string {
	if strings.Contains(reference, ":") {
		return "@"
	}
	return ":"
}
