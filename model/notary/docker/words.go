package docker

import "trustdeck/model/dialect"

// Words are those of notary and docker.
func (Dialect) Words() dialect.Words {
	return dialect.Words{
		Pull: "docker pull", Puller: "docker", Clients: "notary and docker trust", Programs: "notary and docker", Writer: "Notary",
		Target: "tag", Find: "pull", Found: "pulled", Measured: "manifest",

		RootQuorum:     "notary key rotate fails on a root that needs several signatures; rotate its keys with trustdeck",
		RootKeys:       "docker and notary make one key.",
		RootAccepted:   "The trust folder of docker and notary doesn't change, and they still trust what they trusted before.",
		Deleted:        "docker pull with content trust finds no trust data and fails. Clients with a cached copy use that, with a warning, until its timestamp expires.",
		Remade:         "notary and docker that know this repository refuse a new root until you delete their cached trust data.",
		DeletedHere:    "notary and docker on this machine trust the root that the server has when they next read it.",
		OwnSnapshot:    "This is what notary init does.",
		ServerSnapshot: "This is what docker does.",
		SignerNames:    "lower-case letters, digits, - and _. It becomes the role targets/NAME",
		RoleNames:      "targets/NAME, or targets/NAME/NAME below another delegation, in lower-case letters, digits, - and _",
		Paths:          "the beginnings of the tags that the role may list, such as v1. or qa-; no wildcards",
		RoleExample:    "targets/qa",
		Refusing:       "Clients refuse such a file, and notary refuses it when the signer tries to sign.",
		OldLayout:      "folders from before Notary 0.4",

		Commands: dialect.Commands{
			Pull:       "DOCKER_CONTENT_TRUST=1 docker pull REPOSITORY:TAG",
			PullDigest: "docker pull REPOSITORY@DIGEST",
			Sign:       "docker trust sign REPOSITORY:TAG",
			Look:       []dialect.Command{"docker trust inspect --pretty REPOSITORY", "notary list REPOSITORY"},
			MakeKey:    "docker trust key generate NAME",
			AddSigner:  "docker trust signer add --key PUBLIC-KEY-FILE NAME REPOSITORY",
			Delegate:   "notary delegation add REPOSITORY ROLE PUBLIC-KEY-FILE",
			Undelegate: "notary delegation remove REPOSITORY ROLE",
		},
		Staging: dialect.Staging{
			Kept:        "notary keeps changes in the trust folder until they are published, unless you give -p:",
			Loss:        "docker trust drops it when it signs, revokes or inspects with this trust folder. docker trust signer add publishes it.",
			Stage:       "notary addhash REPOSITORY TAG LENGTH --sha256 DIGEST",
			First:       "notary publish REPOSITORY",
			Waiting:     "publish them with trustdeck publish, or drop them with trustdeck reset --entry all; docker trust drops them when it signs, revokes or inspects, and docker trust signer add publishes them",
			Unpublished: "publish it with notary publish, or delete it with trustdeck delete",
		},
	}
}
