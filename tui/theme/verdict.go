package theme

import (
	"trustdeck/model"
	"trustdeck/model/health"
)

// Mark is how a verdict is shown: a glyph and a tone, to stand beside the word
// of the verdict.
type Mark struct {
	Glyph string
	Tone  Tone
}

// ForLevel marks a health level.
func (s *Styles) ForLevel(l health.Level) Mark {
	g := &s.Glyphs
	switch l {
	case health.Broken:
		return Mark{g.Broken, Bad}
	case health.Soon:
		return Mark{g.Soon, Warn}
	case health.Stale:
		return Mark{g.Stale, Warn}
	case health.OK:
		return Mark{g.OK, OK}
	case health.None:
		return Mark{g.None, Dim}
	default:
		return Mark{g.Loading, Dim}
	}
}

// ForSeverity marks a problem or finding.
func (s *Styles) ForSeverity(v model.Severity) Mark {
	switch v {
	case model.Failure:
		return s.ForLevel(health.Broken)
	case model.Warning:
		return s.ForLevel(health.Soon)
	default:
		return Mark{s.Glyphs.Bullet, Dim}
	}
}

// ForRole marks a role by its verdict, its expiry and the worst of its
// problems. Warned tells that a finding warns of it although it verifies today.
func (s *Styles) ForRole(r *model.Role, warned bool) Mark {
	switch {
	case r.State == model.RoleUnpublished:
		return s.ForLevel(health.None)
	case r.State == model.RoleUnavailable:
		return s.ForLevel(health.Stale)
	case !r.Usable():
		return s.ForLevel(health.Broken)
	case warned || len(r.Problems) > 0 && r.Problems[0].Severity >= model.Warning:
		return s.ForLevel(health.Soon)
	default:
		return s.ForLevel(health.OK)
	}
}

// ForSignature marks the verdict on a signature.
func (s *Styles) ForSignature(v model.SignatureState) Mark {
	switch v {
	case model.SignatureValid, model.SignaturePreviousKey:
		return s.ForLevel(health.OK)
	case model.SignatureUnchecked, model.SignaturePending:
		return s.ForLevel(health.None)
	case model.SignatureDuplicate, model.SignatureUnknownKey:
		return s.ForLevel(health.Soon)
	default:
		return s.ForLevel(health.Broken)
	}
}
