package main

import (
	"cmp"

	"trustdeck/cmd/trustdeck/internal/image"
	"trustdeck/cmd/trustdeck/internal/settings"
	"trustdeck/model"
	"trustdeck/tui/flow"
)

// program is how command lines begin that do the same as a guided change here: with the
// flags that decide which server and folders they are about.
func (a *app) program(s *session) flow.Program {
	out := flow.Program{Verbatim: func(name string) bool {
		if _, given := s.Settings.Repositories[name]; given {
			return false
		}
		read, err := image.Parse(name)
		return err != nil || read.GUN != model.GUN(name) || read.Tag != "" || read.Digest != ""
	}}
	if setup := s.Introduction(); len(setup) > 0 {
		out.Setup = setup[0]
		out.Spell = func(name string) string { return cmp.Or(s.Settings.Repositories[name], name) } // a shell knows no names
		return out
	}
	f := a.flags
	if f.Context == "" && s.Settings.Context != settings.DefaultContext {
		f.Context = s.Settings.Context // it may not be in use any more when the command is run
	}
	for _, given := range [][2]string{
		{"config", f.Config},
		{"context", f.Context},
		{"server", f.Server},
		{"trust-dir", f.TrustDir},
		{"key-dir", f.KeyDir},
		{"docker-config", f.DockerConfig},
		{"notary-config", f.NotaryConfig},
		{"tlscacert", f.TLSCACert},
		{"tlscert", f.TLSCert},
		{"tlskey", f.TLSKey},
		{"cache-dir", f.CacheDir},
	} {
		if given[1] != "" {
			out.Words = append(out.Words, "--"+given[0], given[1])
		}
	}
	for _, file := range f.KeyFiles {
		out.Words = append(out.Words, "--key-file", file)
	}
	for _, module := range f.PKCS11 {
		out.Words = append(out.Words, "--pkcs11", module)
	}
	for _, pin := range f.Pins {
		out.Words = append(out.Words, "--pin", pin)
	}
	return out
}
