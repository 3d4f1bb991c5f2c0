package directory

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"trustdeck/model"
	"trustdeck/model/display"
	"trustdeck/model/port"
	"trustdeck/remote/transport"
)

// SiteConfig says how to reach a repository on a web server.
type SiteConfig struct {
	// URL below which the metadata files are. It is https; http is only for this machine.
	URL string
	// GUN is the name that the program gives the repository.
	GUN model.GUN
	// TLS, Timeout, Parallel, UserAgent, Log and Now are as in transport.Config.
	TLS       func(hostport string) (*tls.Config, error)
	Timeout   time.Duration
	Parallel  int
	UserAgent string
	Log       func(model.Event)
	Now       func() time.Time
}

// Site is a repository on a web server, in the published layout. It is only read, without
// credentials. It is safe for concurrent use.
type Site struct {
	base *url.URL
	gun  model.GUN
	http *transport.Client
	// root is the highest version of root that was seen, from which the walk to the current
	// one goes on; 0 before the first.
	root atomic.Int64
	// consistent is set once a file came that has a version in its name and is no root: the
	// others have one, too.
	consistent atomic.Bool
	// timestamp is the last current one, with what the server calls it.
	timestamp atomic.Pointer[tagged]
}

// maxTag is the longest entity tag that is sent back.
const maxTag = 256

// tagged is a file with the entity tag of its answer.
type tagged struct {
	tag  string
	file port.File
}

var _ port.Remote = (*Site)(nil)

// NewSite checks the configuration. It makes no request.
func NewSite(cfg SiteConfig) (*Site, error) {
	base, err := ParseURL(cfg.URL)
	if err != nil {
		return nil, err
	}
	return &Site{base: base, gun: cfg.GUN, http: transport.New(transport.Config{
		Base: base, TLS: cfg.TLS, Timeout: cfg.Timeout, Parallel: cfg.Parallel,
		UserAgent: cfg.UserAgent, Log: cfg.Log, Now: cfg.Now,
		Advice: transport.Advice{
			Trust: func(string) string {
				return "make the system trust its CA, or give the CA's certificate with --tlscacert"
			},
		},
	})}, nil
}

// ParseURL reads the address of a repository, without a final slash. Errors are
// *model.Fault of kind FaultUsage.
func ParseURL(text string) (*url.URL, error) {
	bad := func(subject, text, hint string) (*url.URL, error) {
		return nil, &model.Fault{Kind: model.FaultUsage, Subject: subject, Text: text, Hint: hint}
	}
	const example = "use a URL such as https://tuf.example.org/metadata"
	base, err := url.Parse(text)
	switch {
	case err != nil || base.Host == "" || base.Opaque != "":
		// The text is not repeated: what is no URL may hold a password.
		return bad("the address of the repository", "this is not the URL of a web server", example)
	case base.User != nil:
		return bad(base.Host, "the URL of a repository must not contain a password", "leave it out: repositories are read without a login")
	case base.Scheme != "https" && base.Scheme != "http":
		return bad(base.Host, "this is not the URL of a web server", example)
	case base.Scheme == "http" && !transport.Loopback(base.Hostname()):
		return bad(base.Host, "the repository's URL doesn't use https", "use https:// before the host; http:// is allowed only for servers on this machine")
	case base.RawQuery != "" || base.ForceQuery || base.Fragment != "":
		return bad(base.Host, "the URL of the repository has more than a host and a path", "remove everything from ? or # on")
	}
	base.Host = strings.ToLower(base.Host)
	base.Path, base.RawPath = strings.TrimRight(base.Path, "/"), strings.TrimRight(base.RawPath, "/")
	return base, nil
}

// Source names the server.
func (s *Site) Source() model.Source {
	return model.Source{Kind: model.SourceServer, Name: s.name()}
}

// name is the address for people.
func (s *Site) name() string { return s.base.Host + s.base.EscapedPath() }

// Close drops the connections that are kept alive.
func (s *Site) Close() { s.http.Close() }

// Ping asks for the timestamp, which every repository has.
func (s *Site) Ping(ctx context.Context) error {
	const enough = 1 << 20
	_, err := s.get(ctx, port.Ref{Role: model.RoleTimestamp, Limit: enough}, 0)
	if model.KindOf(err) == model.FaultNotFound {
		return &model.Fault{
			Kind: model.FaultNotFound, Subject: s.name(), Err: err, Text: "this is not a TUF repository: there is no timestamp.json at this address",
			Hint: "check the URL; it must point to the folder of the metadata files, often called metadata",
		}
	}
	return err
}

// Repositories is the one at this address. Whether it is there, Ping says.
func (s *Site) Repositories(context.Context) ([]port.Listed, error) {
	return []port.Listed{{GUN: s.gun}}, nil
}

// Changes is FaultNotFound: a web server does not list its files.
func (s *Site) Changes(context.Context, model.GUN) ([]port.Change, error) {
	return nil, &model.Fault{Kind: model.FaultNotFound, Subject: s.name(), Text: "a web server can't list what was published", Hint: "open a copy of the repository in a folder"}
}

// Read returns one file. A version is the file with it in its name. Where the server does
// not have that, and names no file but roots by versions, it is the one without a version in its
// name, unless that states another one. The current root is the last of those that follow
// one another.
func (s *Site) Read(ctx context.Context, gun model.GUN, ref port.Ref) (port.File, error) {
	if gun != s.gun {
		return port.File{}, otherRepository(s.name(), gun)
	}
	if ref.Role == "" {
		return port.File{}, notKept(s.name(), ref)
	}
	file, err := s.find(ctx, ref)
	if err == nil && !hashed(file, ref.SHA256) {
		return port.File{}, notKept(s.name(), ref)
	}
	return file, err
}

// find returns the file of a version, or the current one.
func (s *Site) find(ctx context.Context, ref port.Ref) (port.File, error) {
	switch {
	case ref.Role == model.RoleRoot && ref.Version == 0:
		return s.newestRoot(ctx, ref)
	case ref.Role == model.RoleRoot:
		return s.get(ctx, ref, ref.Version)
	case ref.Version == 0:
		return s.get(ctx, ref, 0)
	}
	if ref.Role != model.RoleTimestamp {
		file, err := s.get(ctx, ref, ref.Version)
		if err == nil {
			s.consistent.Store(true)
		}
		if model.KindOf(err) != model.FaultNotFound || s.consistent.Load() {
			return file, err
		}
	}
	file, err := s.get(ctx, ref, 0)
	if err != nil {
		return port.File{}, err
	}
	if fault := otherVersion(s.file(ref.Role, 0), file.Bytes, ref.Version); fault != nil {
		return port.File{}, fault
	}
	return file, nil
}

// maxRoots is how many roots are walked to the current one.
const maxRoots = 1024

// newestRoot returns the last of the roots that follow one another: from the last one that
// was seen, else from root.json, else from the first.
func (s *Site) newestRoot(ctx context.Context, ref port.Ref) (port.File, error) {
	at := s.root.Load()
	newest, err := s.get(ctx, ref, at)
	if at != 0 && model.KindOf(err) == model.FaultNotFound {
		at = 0
		newest, err = s.get(ctx, ref, 0)
	}
	if at == 0 && err == nil {
		var ok bool
		if at, ok = stated(newest.Bytes); !ok {
			return newest, nil // whoever asks can say what is wrong with it
		}
	}
	if at == 0 && model.KindOf(err) == model.FaultNotFound {
		at = 1
		newest, err = s.get(ctx, ref, at)
	}
	for range maxRoots {
		if err != nil {
			return port.File{}, err
		}
		next, err := s.get(ctx, ref, at+1)
		switch {
		case model.KindOf(err) == model.FaultNotFound:
			s.root.Store(at)
			return newest, nil
		case err != nil:
			return port.File{}, err
		}
		newest, at = next, at+1
	}
	return port.File{}, &model.Fault{
		Kind: model.FaultBadData, Subject: s.name(), Text: fmt.Sprintf("it has more than %d consecutive roots", maxRoots),
		Hint: "check that it is the right server: real repositories don't have this many",
	}
}

// file is the address of a file for people.
func (s *Site) file(role model.RoleName, version int64) string {
	return s.name() + "/" + fileName(encode(role), version)
}

// get reads one file. One that the server does not have is FaultNotFound; stores of objects
// answer 403 for such a file where they do not let their files be listed. The current
// timestamp, which is asked for most, is sent only where it is another one than before.
func (s *Site) get(ctx context.Context, ref port.Ref, version int64) (port.File, error) {
	target := s.base.JoinPath(fileName(encode(ref.Role), version))
	request := transport.Request{Method: http.MethodGet, URL: target, Limit: ref.Limit, Place: target.EscapedPath()}
	current := ref.Role == model.RoleTimestamp && version == 0
	before := s.timestamp.Load()
	if current && before != nil {
		request.Header = http.Header{"If-None-Match": {before.tag}}
	}
	answer, err := s.http.Do(ctx, request)
	switch {
	case err != nil:
		return port.File{}, s.fault(err, target)
	case answer.Status == http.StatusNotModified && current && before != nil && int64(len(before.file.Bytes)) <= ref.Limit:
		return before.file, nil
	case answer.Status == http.StatusNotFound, answer.Status == http.StatusForbidden, answer.Status == http.StatusGone:
		fault := notKept(s.file(ref.Role, version), ref)
		fault.Text = fmt.Sprintf("the server does not have it (%d)", answer.Status)
		return port.File{}, fault
	case answer.Status != http.StatusOK:
		return port.File{}, s.fault(transport.StatusFault(request, answer, "read"), target)
	}
	modified, err := http.ParseTime(answer.Header.Get("Last-Modified"))
	if err != nil {
		modified = time.Time{}
	}
	file := port.File{Bytes: answer.Body, Modified: modified.UTC()}
	if tag := answer.Header.Get("ETag"); current && tag != "" && len(tag) <= maxTag {
		s.timestamp.Store(&tagged{tag, file})
	}
	return file, nil
}

// fault says of a request that failed what it was for, and that no login helps.
func (s *Site) fault(err error, target *url.URL) error {
	var fault *model.Fault
	if !errors.As(err, &fault) {
		return err
	}
	out := *fault
	if out.Subject == target.Host+target.Path {
		out.Subject = target.Host + target.EscapedPath()
	}
	out.Subject = display.Inline(cmp.Or(out.Subject, s.name()))
	if out.Kind == model.FaultUnauthorized {
		out.Text = "the server requires authentication, but trustdeck reads repositories without a login"
		out.Hint = "give an address where anyone may read the repository, or a copy of it in a folder"
	}
	return &out
}
