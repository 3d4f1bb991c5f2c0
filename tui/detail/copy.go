package detail

import (
	"encoding/hex"
	"fmt"

	"trustdeck/model"
	"trustdeck/tui/screen"
)

// CopyRole is what can be copied of a role: its name, the digest of its file
// and the IDs of its keys.
func CopyRole(role *model.Role) []screen.CopyItem {
	items := []screen.CopyItem{{Label: "role name", Text: role.Name.String()}}
	for i, id := range role.Keys {
		label := "key ID"
		if len(role.Keys) > 1 {
			label = fmt.Sprintf("key ID %d of %d", i+1, len(role.Keys))
		}
		items = append(items, screen.CopyItem{Label: label, Text: id.String()})
	}
	if role.Raw != nil {
		items = append(items, screen.CopyItem{Label: "file digest", Text: "sha256:" + hex.EncodeToString(role.SHA256[:])})
	}
	return items
}
