package wiring

import (
	"trustdeck/internal/disk"
	"trustdeck/model"
	"trustdeck/model/admin"
	"trustdeck/model/admin/ceremony"
	"trustdeck/model/dialect"
	"trustdeck/model/display"
	"trustdeck/model/notary/docker"
	"trustdeck/model/port"
	"trustdeck/model/tuf"
)

// Ceremonies are the use cases of ceremonies with the keys of this machine. They ask no server.
func (s *Session) Ceremonies(clock port.Clock) *ceremony.Service {
	out := &ceremony.Service{Files: ceremonyFiles{}, Clock: clock, Dialects: map[model.Dialect]dialect.Writable{}}
	for _, d := range []dialect.Writable{docker.Dialect{}, tuf.Dialect{}} {
		out.Dialects[d.Name()] = d
	}
	if service, ok := s.Service.(*admin.Service); ok {
		out.Keys = service.Stores
	}
	return out
}

// ceremonyFiles are files that people name.
type ceremonyFiles struct{}

var _ ceremony.Files = ceremonyFiles{}

func (ceremonyFiles) Read(path string, most int64) ([]byte, error) {
	content, err := disk.Read(path, most)
	return content, fileFault(path, "can't be read", "Check the path.", err)
}

func (ceremonyFiles) Create(path string, content []byte) error {
	return fileFault(path, "can't be written", "Give the path of a new file.", disk.File{Name: path, New: true, Mode: shared}.Write(content))
}

func (ceremonyFiles) Replace(path string, content []byte) error {
	return fileFault(path, "can't be written", "On a read-only medium, write to another file, or hand back the signatures as text: --to, --answer.", disk.File{Name: path, Mode: shared}.Write(content))
}

// shared is the mode of files that hold no secret, and that others are to read.
const shared = 0o644

// fileFault says why a file that a person named can't be used; nil for nil.
func fileFault(path, what, hint string, err error) error {
	if err == nil {
		return nil
	}
	return &model.Fault{Kind: model.FaultLocal, Subject: display.Quote(path), Text: what + ": " + disk.Reason(err), Hint: hint, Err: err}
}
