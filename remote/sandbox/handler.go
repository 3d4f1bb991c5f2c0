package sandbox

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"trustdeck/model"
	"trustdeck/model/notary"
)

// maxUpload is the most bytes of an upload.
const maxUpload = 2 * notary.MaxFile

// The Cache-Control of current files, and of those asked for by hash or version.
const (
	cacheCurrent = "public, max-age=300, s-maxage=300, must-revalidate"
	cacheForever = "public, max-age=2592000, s-maxage=2592000"
)

// The paths of the server below /v2/GUN/_trust/tuf/.
const rolePattern = `(root|targets(?:/[^/\s]+)*|snapshot|timestamp)`

var (
	trustPath   = pattern(`^/v2/([^*]+)/_trust/(.*)$`)
	hashedFile  = pattern(`^tuf/` + rolePattern + `\.([a-fA-F0-9]{64}|[a-fA-F0-9]{96}|[a-fA-F0-9]{128})\.json$`)
	versionFile = pattern(`^tuf/([0-9]+)\.` + rolePattern + `\.json$`)
	currentFile = pattern(`^tuf/` + rolePattern + `\.json$`)
	keyFile     = pattern(`^tuf/(snapshot|timestamp)\.key$`)
)

// pattern compiles an expression when it is used first: most runs of the program start no server.
func pattern(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

// What a client may do with a repository.
const (
	actionPull = "pull"
	actionPush = "push"
	actionAll  = "*"
)

// notaryServer answers as notary-server does.
type notaryServer struct {
	store *store
	clock func() time.Time
	// allow refuses a request that lacks a right; it never does where
	// everybody may do everything.
	allow func(r *http.Request, gun model.GUN, actions ...string) *challenge
}

// serves reports whether a path is of the Notary API and not of the registry.
func serves(path string) bool {
	return path == "/v2/_trust/changefeed" || path == "/_notary_server/health" || trustPath().MatchString(path)
}

func (s *notaryServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/_notary_server/health" {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		_, _ = io.WriteString(w, "{}")
		return
	}
	handle, gun, actions := s.route(r)
	if c := s.allow(r, gun, actions...); c != nil {
		c.write(w)
		return
	}
	if refused := handle(w, r); refused != nil {
		refused.write(w)
	}
}

type handler func(w http.ResponseWriter, r *http.Request) *refusal

// route finds what answers a request, and which rights that takes.
func (s *notaryServer) route(r *http.Request) (h handler, gun model.GUN, actions []string) {
	if r.URL.Path == "/v2/_trust/changefeed" && r.Method == http.MethodGet {
		return s.feed(""), "", []string{actionAll}
	}
	parts := trustPath().FindStringSubmatch(r.URL.Path)
	if parts == nil {
		return s.nothing, "", nil
	}
	gun, rest := model.GUN(parts[1]), parts[2]
	switch r.Method {
	case http.MethodGet:
		return s.routeGet(gun, rest)
	case http.MethodPost:
		if rest == "tuf/" {
			return s.upload(gun), gun, []string{actionPush, actionPull}
		}
		if m := keyFile().FindStringSubmatch(rest); m != nil {
			return s.key(gun, model.RoleName(m[1]), true), gun, []string{actionAll}
		}
	case http.MethodDelete:
		if rest == "tuf/" {
			return s.remove(gun), gun, []string{actionAll}
		}
	}
	return s.nothing, "", nil
}

func (s *notaryServer) routeGet(gun model.GUN, rest string) (handler, model.GUN, []string) {
	pull := []string{actionPull}
	if rest == "changefeed" {
		return s.feed(gun), gun, pull
	}
	if m := keyFile().FindStringSubmatch(rest); m != nil {
		return s.key(gun, model.RoleName(m[1]), false), gun, []string{actionPush, actionPull}
	}
	if m := hashedFile().FindStringSubmatch(rest); m != nil {
		return s.past(gun, model.RoleName(m[1]), func(repo repository, role model.RoleName) *version {
			return repo.hashed(role, m[2])
		}), gun, pull
	}
	if m := versionFile().FindStringSubmatch(rest); m != nil {
		return s.past(gun, model.RoleName(m[2]), func(repo repository, role model.RoleName) *version {
			number, err := strconv.ParseInt(m[1], 10, 64)
			if err != nil {
				return nil
			}
			return repo.numbered(role, number)
		}), gun, pull
	}
	if m := currentFile().FindStringSubmatch(rest); m != nil {
		return s.current(gun, model.RoleName(m[1])), gun, pull
	}
	return s.nothing, "", nil
}

func (s *notaryServer) nothing(http.ResponseWriter, *http.Request) *refusal { return noRoute() }

// past serves a file by its hash or version.
func (s *notaryServer) past(gun model.GUN, role model.RoleName, find func(repository, model.RoleName) *version) handler {
	return func(w http.ResponseWriter, _ *http.Request) *refusal {
		s.store.Lock()
		v := find(s.store.repositories[gun], role)
		s.store.Unlock()
		return serve(w, v, cacheForever)
	}
}

// current serves the newest file of a role. Timestamp and snapshot may be signed
// anew for it.
func (s *notaryServer) current(gun model.GUN, role model.RoleName) handler {
	return func(w http.ResponseWriter, _ *http.Request) *refusal {
		s.store.Lock()
		v := s.store.repositories[gun].current(role)
		unlisted := s.store.repositories[gun].unlisted(role)
		s.store.Unlock()
		if unlisted {
			refused := unknown()
			refused.detail = struct{ Role model.RoleName }{role}
			return refused
		}
		if role == model.RoleTimestamp || role == model.RoleSnapshot {
			timestamp, snapshot, refused := s.store.fresh(gun, s.clock())
			switch {
			case refused != nil:
				return refused
			case role == model.RoleTimestamp:
				v = timestamp
			case snapshot != nil:
				v = snapshot
			}
		}
		return serve(w, v, cacheCurrent)
	}
}

func serve(w http.ResponseWriter, v *version, cache string) *refusal {
	if v == nil {
		return notFound()
	}
	w.Header().Set("Cache-Control", cache)
	w.Header().Set("Last-Modified", v.stored.UTC().Format(time.RFC1123))
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(v.raw) //nolint:gosec // it is served as plain text; and a client that went away is its own affair
	return nil
}

// key hands out the public key of a role that the server signs, and makes one
// where there is none or another is asked for.
func (s *notaryServer) key(gun model.GUN, role model.RoleName, rotate bool) handler {
	return func(w http.ResponseWriter, _ *http.Request) *refusal {
		s.store.Lock()
		k, err := s.store.keyFor(gun, role, rotate)
		s.store.Unlock()
		if err != nil {
			return unknown()
		}
		var out struct {
			Type  model.KeyType `json:"keytype"`
			Value struct {
				Public  []byte `json:"public"`
				Private []byte `json:"private"`
			} `json:"keyval"`
		}
		out.Type, out.Value.Public = k.listed.Type, k.listed.Public
		return serveJSON(w, out)
	}
}

func serveJSON(w http.ResponseWriter, value any) *refusal {
	text, err := json.Marshal(value)
	if err != nil {
		return unknown()
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = w.Write(text) // a client that went away is its own affair
	return nil
}

func (s *notaryServer) remove(gun model.GUN) handler {
	return func(http.ResponseWriter, *http.Request) *refusal {
		s.store.Lock()
		defer s.store.Unlock()
		if err := s.store.remove(gun, s.clock()); err != nil {
			return unknown()
		}
		return nil
	}
}

func (s *notaryServer) upload(gun model.GUN) handler {
	return func(w http.ResponseWriter, r *http.Request) *refusal {
		if _, err := model.ParseGUN(string(gun)); err != nil {
			return &refusal{http.StatusBadRequest, "INVALID_GUN", "The server does not support actions on images of this name.", err.Error()}
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxUpload)
		parts, refused := readParts(r)
		if refused != nil {
			return refused
		}
		return s.store.publish(gun, s.clock(), parts)
	}
}

// readParts takes an upload apart. The name of a file is the role; that of the
// field is ignored.
func readParts(r *http.Request) ([]part, *refusal) {
	reader, err := r.MultipartReader()
	if err != nil {
		return nil, malformedUpload()
	}
	var parts []part
	for {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			return parts, nil
		}
		if err != nil {
			return nil, malformedUpload() // cut off: nothing of it is taken
		}
		_, parameters, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil {
			return nil, noFilename()
		}
		name := strings.TrimSuffix(parameters["filename"], ".json")
		if name == "" {
			return nil, noFilename()
		}
		role, err := notary.ParseRole(name)
		if err != nil {
			return nil, invalidRole(name)
		}
		raw, err := io.ReadAll(io.LimitReader(p, notary.MaxFile+1))
		if err != nil {
			return nil, malformedUpload()
		}
		if !json.Valid(raw) || len(raw) > notary.MaxFile {
			return nil, malformedJSON()
		}
		parts = append(parts, part{role, raw})
	}
}
