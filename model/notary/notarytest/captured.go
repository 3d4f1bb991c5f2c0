package notarytest

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"time"

	"trustdeck/model"
	"trustdeck/model/dialect"
	"trustdeck/model/notary/docker"
)

// Captured verifies the files of a repository that were saved in a folder, by the names of
// their roles; it is nil where there is no such folder. Alter may change what a role's
// file holds, or take it away.
func Captured(dir fs.FS, gun model.GUN, at time.Time, alter func(model.RoleName, []byte) []byte) *model.Repository {
	if _, err := fs.Stat(dir, "."); err != nil {
		return nil
	}
	l := docker.Dialect{}.Load(dialect.Config{GUN: gun, At: at, FirstUse: model.AnchorFirstUse})
	for wants := l.Wants(); len(wants) > 0; wants = l.Wants() {
		for _, w := range wants {
			raw, _ := fs.ReadFile(dir, string(w.Role)+".json")
			sum := sha256.Sum256(raw)
			found := raw != nil && w.Version == 0 && (w.SHA256 == "" || w.SHA256 == hex.EncodeToString(sum[:]))
			if found && alter != nil {
				raw = alter(w.Role, raw)
			}
			if !found || raw == nil {
				l.Give(w, nil, time.Time{}, &model.Fault{Kind: model.FaultNotFound, Subject: string(w.Role), Text: "not found"})
				continue
			}
			l.Give(w, raw, time.Time{}, nil)
		}
	}
	return l.Repository()
}
