package notaryserver

import (
	"context"
	"crypto/tls"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/remote/transport"
)

// Defaults of Config.
const (
	DefaultTimeout  = transport.DefaultTimeout
	DefaultParallel = transport.DefaultParallel
)

// Config says how to reach a server.
type Config struct {
	// URL of the server, https://host[:port][/prefix]. Plain http is accepted,
	// as the notary client accepts it, and then nothing vouches for the first
	// root that is seen.
	URL string
	// Authorities is the file of authorities that the user named, which take the place of
	// all others; empty where there is none. It is for hints only: TLS decides.
	Authorities string
	// TLS returns what was given for one host, named as host:port, as in
	// transport.Config.
	TLS func(hostport string) (*tls.Config, error)
	// Credentials are asked for when a server wants to know who asks; nil has
	// none.
	Credentials transport.Credentials
	// LoginVariable is that of the environment which Credentials come from; empty where
	// they are docker's. It is for hints only.
	LoginVariable string
	// Timeout of one request; 0 means DefaultTimeout.
	Timeout time.Duration
	// Parallel is the most requests under way at once; 0 means DefaultParallel, of which
	// those that can end notary-server go one after the other (notary-v1, 5.6).
	Parallel int
	// UserAgent names this program to the server.
	UserAgent string
	// Log receives an event for each request; nil drops them. Events hold no
	// secrets and no queries.
	Log func(model.Event)
	// Now is the clock that tokens and events go by.
	Now func() time.Time
}

// Client reads from one server, and writes to it. It is safe for concurrent use.
type Client struct {
	base *url.URL
	http *transport.Client
	// account is the name under which docker login keeps the login of the server.
	account string
}

var _ port.Remote = (*Client)(nil)

// New checks the configuration. It makes no request.
func New(cfg Config) (*Client, error) {
	base, err := url.Parse(cfg.URL)
	switch {
	case err != nil || base.Host == "":
		// The text is not repeated: what is no URL may hold a password.
		return nil, &model.Fault{
			Kind: model.FaultUsage, Subject: "the trust server", Text: "this is not the URL of a trust server",
			Hint: "give it as https://host:port",
		}
	case base.User != nil:
		return nil, &model.Fault{
			Kind: model.FaultUsage, Subject: base.Host, Text: "the URL of a trust server must not contain a password",
			Hint: "use docker login, or NOTARY_AUTH",
		}
	case base.Scheme != "https" && base.Scheme != "http" || base.RawQuery != "" || base.Fragment != "":
		return nil, &model.Fault{
			Kind: model.FaultUsage, Subject: base.Host, Text: "this is not the URL of a trust server",
			Hint: "give it as https://host:port",
		}
	}
	base.Path = strings.TrimRight(base.Path, "/")
	account := accountOf(base.Host)
	if cfg.Credentials != nil {
		cfg.Credentials = logins{cfg.Credentials, account}
	}
	return &Client{base: base, account: account, http: transport.New(transport.Config{
		Base: base, TLS: cfg.TLS, Credentials: cfg.Credentials, Timeout: cfg.Timeout,
		Parallel: cfg.Parallel, Serial: cfg.Parallel, UserAgent: cfg.UserAgent, Log: cfg.Log, Now: cfg.Now,
		Advice: transport.Advice{
			Trust: cfg.adviceTrust, Login: ", or set NOTARY_AUTH",
			Start: "set NOTARY_AUTH to the output of: printf '%s' user:password | base64, and start again", Variable: cfg.LoginVariable,
			Plain: "for a server without TLS, write http:// before the host",
		},
	})}, nil
}

// adviceTrust says how to have the certificates of a host trusted. Docker's folder is not
// looked into where authorities are named.
func (cfg *Config) adviceTrust(host string) string {
	if cfg.Authorities != "" {
		return fmt.Sprintf("give its CA certificate with --tlscacert; the current file, %s, is for another CA", display.Strip(cfg.Authorities, 200))
	}
	return fmt.Sprintf("give its CA certificate with --tlscacert, or save it as ca.crt in the tls/%s folder of Docker's configuration", host)
}

// Source names the server.
func (c *Client) Source() model.Source {
	return model.Source{Kind: model.SourceServer, Name: c.base.Host + c.base.Path}
}

// Close drops the connections that are kept alive.
func (c *Client) Close() { c.http.Close() }

// Read returns one file (notary-v1, section 5).
func (c *Client) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	name, uncached := string(ref.Role), false
	switch {
	case ref.SHA256 != "":
		name += "." + ref.SHA256
	case ref.Version != 0:
		name, uncached = fmt.Sprintf("%d.%s", ref.Version, name), true
	}
	answer, err := c.ask(ctx, request{
		method: http.MethodGet, gun: gun, path: "/v2/" + string(gun) + "/_trust/tuf/" + name + ".json",
		actions: actionPull, limit: ref.Limit, uncached: uncached,
	})
	if err != nil {
		return port.File{}, err
	}
	return port.File{Bytes: answer.body, Modified: answer.modified}, nil
}

// Ping asks for /v2/, which answers 200 to whoever may use the server.
func (c *Client) Ping(ctx context.Context) error {
	_, err := c.ask(ctx, request{method: http.MethodGet, path: "/v2/", actions: actionPull, limit: maxErrorBody, uncached: true})
	return err
}
