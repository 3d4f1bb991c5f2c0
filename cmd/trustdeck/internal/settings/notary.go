package settings

import (
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// notaryConfig is what is used of Notary's config.json. Paths are absolute.
type notaryConfig struct {
	// File is the path; empty where the file is not in use.
	File     string
	Server   string
	TrustDir string
	TLS      TLS
	Pins     pinConfig
}

// readNotary reads the file where it is in use: see the package comment.
func readNotary(f Flags, own ownConfig, in chosen, w World) (notaryConfig, error) {
	file := first(w.abs(f.NotaryConfig), own.NotaryConfig)
	named := file != ""
	if !named {
		for _, said := range []string{
			f.Server, f.DockerConfig,
			w.Getenv("DOCKER_CONTENT_TRUST_SERVER"), w.Getenv("DOCKER_CONFIG"),
			own.Server, own.DockerConfig, in.name,
		} {
			if said != "" {
				return notaryConfig{}, nil
			}
		}
		file = filepath.Join(w.Home, ".notary", "config.json")
	}
	content, ok, err := w.read(file, named)
	if err != nil || !ok {
		return notaryConfig{}, err
	}
	return parseNotary(file, content, w)
}

func parseNotary(file string, content []byte, w World) (notaryConfig, error) {
	var object map[string]any
	if err := json.Unmarshal(content, &object); err != nil {
		return notaryConfig{}, usage(file, fmt.Sprintf("the file is not JSON: %v", err), "Correct it, or give another file with --notary-config.")
	}
	top := section{file: file, members: object}
	remote, pinning := top.section("remote_server"), top.section("trust_pinning")
	dir := filepath.Dir(file)
	c := notaryConfig{
		File:   file,
		Server: remote.text("url"),
		// Notary takes this one, and pinned CAs, from where it is started.
		TrustDir: first(w.abs(top.text("trust_dir")), filepath.Join(w.Home, ".notary")),
		TLS: TLS{
			CACert:     w.from(dir, remote.text("root_ca")),
			Cert:       w.from(dir, remote.text("tls_client_cert")),
			Key:        w.from(dir, remote.text("tls_client_key")),
			SkipVerify: remote.flag("skipTLSVerify"),
		},
		Pins: pinConfig{
			Certs:      map[string][]string{},
			CAs:        map[string]string{},
			NoFirstUse: pinning.flag("disable_tofu"),
		},
	}
	certs, cas := pinning.section("certs"), pinning.section("ca")
	if err := readPins(&c, certs, cas, w); err != nil {
		return notaryConfig{}, err
	}
	for _, s := range []*section{&top, remote, pinning, certs, cas} {
		if s.err != nil {
			return notaryConfig{}, s.err
		}
	}
	return c, nil
}

// readPins reads pins as Notary does: in lower case, whatever the repository is called.
// What Notary would pass over in silence is refused: patterns that are alike in lower
// case, of which it takes either, and "*" behind the prefix of an authority, which it
// compares like any other character.
func readPins(c *notaryConfig, certs, cas *section, w World) error {
	for _, pattern := range slices.Sorted(maps.Keys(certs.members)) {
		ids, lower := certs.texts(pattern), strings.ToLower(pattern)
		if other, twice := c.Pins.Certs[lower]; twice && !slices.Equal(other, ids) {
			return usage(c.File, fmt.Sprintf("trust_pinning.certs names %s twice, differing only in capitals", lower), "Remove one of them: Notary compares without capitals here.")
		}
		c.Pins.Certs[lower] = ids
	}
	for _, prefix := range slices.Sorted(maps.Keys(cas.members)) {
		file, lower := w.abs(cas.text(prefix)), strings.ToLower(prefix)
		if other, twice := c.Pins.CAs[lower]; twice && other != file {
			return usage(c.File, fmt.Sprintf("trust_pinning.ca names %s twice, differing only in capitals", lower), "Remove one of them: Notary compares without capitals here.")
		}
		if bare, star := strings.CutSuffix(lower, "*"); star {
			return usage(c.File, fmt.Sprintf("trust_pinning.ca: %q matches nothing, because Notary reads it literally", prefix), fmt.Sprintf("Write %q: it is a prefix anyway.", bare))
		}
		c.Pins.CAs[lower] = file
	}
	return nil
}

// section reads members of an object whatever the case of their names, as
// Notary does, and keeps the first error.
type section struct {
	file, name string
	members    map[string]any
	err        error
}

// member returns the exact name where it is there, else one that differs in
// case; nil where there is none.
func (s *section) member(name string) any {
	if v, ok := s.members[name]; ok {
		return v
	}
	for k, v := range s.members {
		if strings.EqualFold(k, name) {
			return v
		}
	}
	return nil
}

func (s *section) fail(name, want string) {
	if s.err == nil {
		s.err = usage(s.file, fmt.Sprintf("%s is not %s", strings.TrimPrefix(s.name+"."+name, "."), want), "Correct it; notary's documentation describes the form.")
	}
}

func (s *section) section(name string) *section {
	out := &section{file: s.file, name: strings.TrimPrefix(s.name+"."+name, ".")}
	switch v := s.member(name).(type) {
	case nil:
	case map[string]any:
		out.members = v
	default:
		s.fail(name, "an object")
	}
	return out
}

func (s *section) text(name string) string {
	switch v := s.member(name).(type) {
	case nil:
		return ""
	case string:
		return v
	default:
		s.fail(name, "a string")
		return ""
	}
}

func (s *section) texts(name string) []string {
	list, ok := s.member(name).([]any)
	if !ok {
		s.fail(name, "a list of strings")
	}
	out := make([]string, 0, len(list))
	for _, v := range list {
		text, ok := v.(string)
		if !ok {
			s.fail(name, "a list of strings")
		}
		out = append(out, text)
	}
	return out
}

func (s *section) flag(name string) bool {
	switch v := s.member(name).(type) {
	case nil:
		return false
	case bool:
		return v
	case string:
		if b, err := strconv.ParseBool(v); err == nil {
			return b
		}
	}
	s.fail(name, "true or false")
	return false
}
