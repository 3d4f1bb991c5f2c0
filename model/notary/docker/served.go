package docker

import (
	"fmt"

	"trustdeck/model"
)

// Explain says what a comparison with the registry means for docker pull. The texts hold nothing of what the registry
// said but digest, size and the text of a Fault.
func (Dialect) Explain(s model.Served) model.Pull {
	switch s.State {
	case model.ServedSame:
		return explainSame(s)
	case model.ServedDiffers:
		return explainDiffers(s)
	case model.ServedUnsigned:
		return model.Pull{
			Severity:     model.Warning,
			Verdict:      "the registry serves " + s.Manifest.Digest + "; no signed tag exists to compare it with",
			WithTrust:    "with content trust, docker pull refuses the tag",
			WithoutTrust: "without content trust, docker pull gets the image unverified",
			Remedy:       "sign the tag if this is the right image",
		}
	case model.ServedAbsent:
		return explainAbsent(s)
	case model.ServedUnknown:
		p := model.Pull{Verdict: "the registry could not be read"}
		if s.Fault != nil {
			p.Verdict += ": " + s.Fault.Error()
			p.Remedy = s.Fault.Hint
		}
		return p
	default:
		return model.Pull{Verdict: "the registry was not asked"}
	}
}

func explainSame(s model.Served) model.Pull {
	p := model.Pull{
		Verdict:   "the registry serves the signed digest",
		WithTrust: "with or without content trust, docker pull gets the signed image",
	}
	if s.SizeDiffers() {
		p.Severity = model.Warning
		p.Verdict += fmt.Sprintf(", of %d bytes; the signed size is %d", s.Manifest.Size, s.SignedSize)
		p.WithTrust += ", because it ignores the size; notary verify refuses it"
		p.Remedy = "sign the tag again, with the right size"
	}
	return p
}

func explainDiffers(s model.Served) model.Pull {
	p := model.Pull{
		Severity:     model.Warning,
		Verdict:      "the registry serves " + s.Manifest.Digest + " under the tag, which is not the signed digest",
		WithoutTrust: "without content trust, docker pull gets what the registry serves, not what was signed",
		Remedy: "find out who pushed it: if it is intended, sign the tag again; " +
			"if not, push the signed image again, and check who can write to the registry",
	}
	switch s.Held {
	case model.DigestYes:
		p.WithTrust = "with content trust, docker pull asks for the signed digest, not the tag, so it still gets the signed image"
	case model.DigestNo:
		p.Severity = model.Failure
		p.WithTrust = "with content trust, docker pull asks for the signed digest, which the registry no longer has, so it fails"
	default:
		p.WithTrust = "with content trust, docker pull asks for the signed digest, not the tag"
	}
	return p
}

func explainAbsent(s model.Served) model.Pull {
	p := model.Pull{
		Severity:     model.Warning,
		Verdict:      "the registry has no such tag",
		WithoutTrust: "without content trust, docker pull doesn't find it",
		Remedy:       "push the signed image again, or revoke the tag if it was deleted on purpose",
	}
	switch {
	case s.Signed == "":
		p.Severity = model.Notice
		p.Verdict += ", and no signed tag has this name"
		p.WithTrust = "with content trust, docker pull doesn't find it either"
		p.Remedy = "check the name"
	case s.Held == model.DigestYes:
		p.WithTrust = "with content trust, docker pull asks for the signed digest, which the registry still has, so it works"
	case s.Held == model.DigestNo:
		p.Severity = model.Failure
		p.WithTrust = "with content trust, docker pull asks for the signed digest, which the registry doesn't have either, so it fails"
	default:
		p.WithTrust = "with content trust, docker pull asks for the signed digest, not the tag"
	}
	return p
}
