package settings

import (
	"encoding/json"
	"fmt"
	"path/filepath"
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
func readNotary(f Flags, own ownConfig, w World) (notaryConfig, error) {
	file := first(w.abs(f.NotaryConfig), own.NotaryConfig)
	named := file != ""
	if !named {
		for _, said := range []string{
			f.Server, f.DockerConfig,
			w.Getenv("DOCKER_CONTENT_TRUST_SERVER"), w.Getenv("DOCKER_CONFIG"),
			own.Server, own.DockerConfig,
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
		return notaryConfig{}, usage(file, fmt.Sprintf("the file is not JSON: %v", err), "Correct it, or name another with --notary-config.")
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
	for pattern := range certs.members {
		c.Pins.Certs[pattern] = certs.texts(pattern)
	}
	for prefix := range cas.members {
		c.Pins.CAs[prefix] = w.abs(cas.text(prefix))
	}
	for _, s := range []*section{&top, remote, pinning, certs, cas} {
		if s.err != nil {
			return notaryConfig{}, s.err
		}
	}
	return c, nil
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
		s.err = usage(s.file, fmt.Sprintf("%s is not %s", strings.TrimPrefix(s.name+"."+name, "."), want), "Correct it as notary's documentation says.")
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
