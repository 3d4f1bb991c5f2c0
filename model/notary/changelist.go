package notary

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path"
	"strings"

	"trustdeck/model"
)

// changeFile is a file of a changelist (notary-v1, 3.3). Notary reads it with
// encoding/json, so that is what decides here what it says.
type changeFile struct {
	Action string `json:"action"`
	Role   string `json:"role"`
	Type   string `json:"type"`
	Path   string `json:"path"`
	Data   []byte `json:"data"`
}

// changeKey is a public key in a changelist.
type changeKey struct {
	Type  model.KeyType `json:"keytype"`
	Value struct {
		Public []byte `json:"public"`
	} `json:"keyval"`
}

// ParseChange reads a file of a changelist. The error says that the file is none,
// so that Notary passes over it when it lists changes, and publishes nothing as
// long as it is there. A change that can be read and cannot be published is
// returned with Refused set.
func ParseChange(raw []byte) (model.StagedChange, error) {
	var f changeFile
	if err := json.Unmarshal(raw, &f); err != nil {
		return model.StagedChange{}, fmt.Errorf("it is not a staged change: %w", err)
	}
	c := model.StagedChange{Action: f.Action, Type: f.Type, Role: model.RoleName(f.Role), Path: f.Path}
	if err := readChange(&c, f.Data); err != nil {
		c.Refused = err.Error()
	}
	return c, nil
}

// readChange reads the data of a change and refuses what Notary refuses,
// whatever the repository holds.
func readChange(c *model.StagedChange, data []byte) error {
	_, roleErr := ParseRole(string(c.Role))
	delegation := roleErr == nil && c.Role.Delegation()
	wild := wildDelegation(c.Role)
	switch {
	case c.Role == model.RoleRoot:
		return readRoleChange(c, data)
	case c.Role != model.RoleTargets && !delegation && !wild:
		return fmt.Errorf("changes of the role %q cannot be published", clip(c.Role))
	case wild && (c.Type != model.StagedDelegation || c.Action != model.StagedUpdate):
		return fmt.Errorf("%q means several roles; only removing keys from it is possible", clip(c.Role))
	}
	switch c.Type {
	case model.StagedTarget:
		return readTargetChange(c, data)
	case model.StagedDelegation:
		if !delegation && !wild {
			return fmt.Errorf("%s is not a delegation", c.Role)
		}
		return readDelegationChange(c, data)
	case model.StagedWitness:
		return nil
	default:
		return fmt.Errorf("changes of the type %q are unknown", clip(c.Type))
	}
}

// wildDelegation reports whether role means every delegation below another.
func wildDelegation(role model.RoleName) bool {
	parent, wild := strings.CutSuffix(string(role), "/*")
	above, err := ParseRole(parent)
	return wild && err == nil && above.HoldsTargets() && path.Clean(string(role)) == string(role)
}

func readTargetChange(c *model.StagedChange, data []byte) error {
	switch c.Action {
	case model.StagedDelete:
		return nil
	case model.StagedCreate:
	default:
		return fmt.Errorf("the action %q on a target is unknown", clip(c.Action))
	}
	var meta struct {
		Length int64             `json:"length"`
		Hashes map[string][]byte `json:"hashes"`
		Custom json.RawMessage   `json:"custom"`
	}
	if err := json.Unmarshal(data, &meta); err != nil {
		return fmt.Errorf("its content for the target cannot be read: %w", err)
	}
	c.Target = &model.Target{
		Name: c.Path, Length: meta.Length, Custom: compact(meta.Custom),
		Hashes: hashesOf(meta.Hashes),
	}
	return nil
}

// compact is a custom value without white space, as Notary writes it; nil where there is none.
func compact(value json.RawMessage) []byte {
	var out bytes.Buffer
	if json.Compact(&out, value) != nil || out.String() == "null" {
		return nil
	}
	return out.Bytes()
}

// hashesOf are hashes by their names. A null is stated, and matches nothing.
func hashesOf(stated map[string][]byte) model.Hashes {
	out := model.Hashes{SHA256: stated[nameSHA256], SHA512: stated[nameSHA512]}
	for name, sum := range stated {
		if sum != nil && (name == nameSHA256 || name == nameSHA512) {
			continue
		}
		if out.Other == nil {
			out.Other = map[string][]byte{}
		}
		out.Other[name] = sum
	}
	return out
}

func readDelegationChange(c *model.StagedChange, data []byte) error {
	switch c.Action {
	case model.StagedDelete:
		return nil
	case model.StagedCreate, model.StagedUpdate:
	default:
		return fmt.Errorf("the action %q on a delegation is unknown", clip(c.Action))
	}
	var d struct {
		Threshold   int           `json:"threshold"`
		AddKeys     []changeKey   `json:"add_keys"`
		RemoveKeys  []model.KeyID `json:"remove_keys"`
		AddPaths    []string      `json:"add_paths"`
		RemovePaths []string      `json:"remove_paths"`
		ClearPaths  bool          `json:"clear_paths"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("its content for the delegation cannot be read: %w", err)
	}
	if wildDelegation(c.Role) {
		c.RemoveKeys = d.RemoveKeys // Notary ignores everything else
		return nil
	}
	c.Threshold, c.AddPaths = d.Threshold, d.AddPaths
	if c.Action == model.StagedUpdate {
		// Notary ignores these where a delegation is created.
		c.RemoveKeys, c.RemovePaths, c.ClearPaths = d.RemoveKeys, d.RemovePaths, d.ClearPaths
	}
	return addKeys(c, d.AddKeys)
}

func readRoleChange(c *model.StagedChange, data []byte) error {
	if c.Type != model.StagedRole || c.Action != model.StagedCreate {
		return fmt.Errorf("%q of the type %q is unknown for root", clip(c.Action), clip(c.Type))
	}
	var d struct {
		Keys []changeKey    `json:"keys"`
		Role model.RoleName `json:"role"`
	}
	if err := json.Unmarshal(data, &d); err != nil {
		return fmt.Errorf("its content for the role cannot be read: %w", err)
	}
	if !d.Role.TopLevel() {
		return fmt.Errorf("the keys of %q are not listed by root", clip(d.Role))
	}
	c.Path = string(d.Role)
	return addKeys(c, d.Keys)
}

// addKeys takes keys under their canonical IDs. They keep their order.
func addKeys(c *model.StagedChange, keys []changeKey) error {
	if len(keys) > MaxKeyIDs {
		return fmt.Errorf("it lists %d keys; the limit is %d", len(keys), MaxKeyIDs)
	}
	for _, k := range keys {
		listed := PublicKey{ID: KeyID(k.Type, k.Value.Public), Type: k.Type, Public: k.Value.Public}
		c.AddListed = append(c.AddListed, listed)
		v := newVerifier(&listed, nil)
		c.AddKeys = append(c.AddKeys, model.Key{
			ID: v.canonical, ListedAs: []model.KeyID{v.listed}, Types: []model.KeyType{v.kind},
			Algorithm: v.algorithm(), SPKI: v.spki,
		})
	}
	return nil
}
