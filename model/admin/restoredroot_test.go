package admin_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"trustdeck/model"
	"trustdeck/model/port"
)

// restored is a record that knows which roots come from a backup.
type restored map[string]port.RestoredRoot

func (restored) Marks(context.Context) (map[model.KeyID]port.BackupMark, error) { return nil, nil }

func (restored) Note(context.Context, map[model.KeyID]port.BackupMark) error { return nil }

func (r restored) Roots(context.Context) (map[string]port.RestoredRoot, error) { return r, nil }

func (restored) NoteRoots(context.Context, map[string]port.RestoredRoot) error { return nil }

// A root that was restored from a backup, of which nobody knows who made it, never takes
// the place of what was verified here without a finding that names the backup.
func TestRestoredRoots(t *testing.T) {
	const named = "restored from the backup /media/usb/trust.age on 2026-11-21"
	for name, row := range map[string]struct {
		// root is what was restored; known is whether anything was verified here before.
		root  func(w *world) []byte
		known bool
		want  []string
		// says is a finding that names the backup; severity is its own.
		says     string
		severity model.Severity
	}{
		"the root that is known": {
			root: func(w *world) []byte { return w.repo.Wire()[model.RoleRoot] }, known: true,
		},
		"a newer one": {
			root: func(w *world) []byte {
				newer := fork(w.repo)
				newer.Seal(model.RoleRoot)
				return newer.Wire()[model.RoleRoot]
			}, known: true,
			want: []string{"root rollback"}, says: "is newer than root 1, known from trustdeck's own state, and replaces it", severity: model.Warning,
		},
		"one that contradicts": {
			root: func(*world) []byte { return newRepo().Wire()[model.RoleRoot] }, known: true,
			want: []string{"anchors-disagree"}, says: "does not descend from", severity: model.Failure,
		},
		"one that contradicts the server, where nothing is known": {
			root: func(*world) []byte { return newRepo().Wire()[model.RoleRoot] },
			want: []string{"root root-replaced"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			if row.known {
				w.look("before the restoration")
			}
			root := row.root(w)
			sum := sha256.Sum256(root)
			w.trust.roots[gun] = root
			w.service.Backups = restored{hex.EncodeToString(sum[:]): {Backup: "/media/usb/trust.age", At: now.AddDate(0, 0, -1)}}
			view := w.look("after it", row.want...)
			if row.says == "" {
				return
			}
			for _, p := range view.Repository.Problems {
				if strings.Contains(p.Text, row.says) && strings.Contains(p.Text, named) && p.Severity == row.severity {
					return
				}
			}
			t.Errorf("no finding names the backup: %+v", view.Repository.Problems)
		})
	}
}
