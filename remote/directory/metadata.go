package directory

import (
	"bytes"
	"encoding/json"
	"reflect"
	"strings"

	"trustdeck/model"
)

// header is what this package reads of a metadata file to know where files belong. It
// verifies nothing.
type header struct {
	Signatures []struct {
		KeyID model.KeyID `json:"keyid"`
		Value string      `json:"sig"`
	} `json:"signatures"`
	Signed struct {
		Type       string `json:"_type"`
		Version    int64  `json:"version"`
		Consistent bool   `json:"consistent_snapshot"`
		// Meta are the files that a snapshot or timestamp lists.
		Meta map[string]struct {
			Version int64 `json:"version"`
		} `json:"meta"`
		Delegations struct {
			Roles []struct {
				Name model.RoleName `json:"name"`
			} `json:"roles"`
			Bins struct {
				Prefix string `json:"name_prefix"`
			} `json:"succinct_roles"`
		} `json:"delegations"`
	} `json:"signed"`
}

// parseHeader reads what is metadata of a role: it states that kind and a version.
func parseHeader(role model.RoleName, raw []byte) (*header, bool) {
	var h header
	if json.Unmarshal(raw, &h) != nil || h.Signed.Version < 1 || h.Signed.Version >= maxVersion {
		return nil, false
	}
	kind := role
	if !role.TopLevel() {
		kind = model.RoleTargets
	}
	return &h, strings.EqualFold(h.Signed.Type, string(kind)) // capitals are in use
}

// listed are the versions of the files that a snapshot or timestamp lists, by role.
func (h *header) listed() map[model.RoleName]int64 {
	out := map[model.RoleName]int64{}
	for name, file := range h.Signed.Meta {
		if role, ok := strings.CutSuffix(name, extension); ok && file.Version > 0 && file.Version < maxVersion {
			out[model.RoleName(role)] = file.Version
		}
	}
	return out
}

// signsMore reports whether a file says what another one of the same role says, and is signed by every key
// that the other is signed by: as where one of several holders has added a signature.
func signsMore(role model.RoleName, raw, than []byte) bool {
	signed := func(raw []byte) (any, map[model.KeyID]bool) {
		var file struct {
			Signed any `json:"signed"`
		}
		h, ok := parseHeader(role, raw)
		d := json.NewDecoder(bytes.NewReader(raw))
		d.UseNumber() // numbers that differ may be one as floating point
		if !ok || d.Decode(&file) != nil {
			return nil, nil
		}
		by := map[model.KeyID]bool{}
		for _, s := range h.Signatures {
			if s.Value != "" {
				by[s.KeyID] = true
			}
		}
		return file.Signed, by
	}
	now, signers := signed(raw)
	before, earlier := signed(than)
	for id := range earlier {
		if !signers[id] {
			return false
		}
	}
	return now != nil && reflect.DeepEqual(now, before)
}
