package main

import (
	"strings"

	"duenotice/cmd/duenotice/house"
)

// Config is the environment, read once. Secrets have no default.
type Config struct {
	DatabaseURL        string
	PublicDatabaseURL  string
	SandboxDatabaseURL string // of the vendors' sandbox; a private server has one by itself
	Archive            string
	Pepper             string
	BatchKeyDays       string // how long a batch's key lives after the vendor's accept; "" is thirty days
	TrustedProxies     []string
	Managers           house.Listener
	Vendors            house.Listener
	Patients           house.Listener
	SFTP               string // where the vendors' SFTP door listens; "" is nowhere
	LoginIssuer        string // of the identity service by which people see their own record; "" is none
	LoginClient        string
	LoginKey           string // the file of our private key there
	LoginKeyID         string
}

func environment(get func(string) string) Config {
	listener := func(name, address string) house.Listener {
		l := house.Listener{Address: get("DUENOTICE_" + name + "_LISTEN"), URL: strings.TrimSuffix(get("DUENOTICE_"+name+"_URL"), "/")}
		if l.Address == "" {
			l.Address = address
		}
		return l
	}
	c := Config{
		DatabaseURL: get("DATABASE_URL"), PublicDatabaseURL: get("DUENOTICE_PUBLIC_DATABASE_URL"), SandboxDatabaseURL: get("DUENOTICE_SANDBOX_DATABASE_URL"),
		Archive: get("DUENOTICE_ARCHIVE"), Pepper: get("DUENOTICE_PEPPER"), BatchKeyDays: get("DUENOTICE_BATCH_KEY_DAYS"),
		Managers: listener("MANAGERS", "127.0.0.1:8080"),
		Vendors:  listener("VENDORS", "127.0.0.1:8081"),
		Patients: listener("PATIENTS", "127.0.0.1:8082"),
		SFTP:     get("DUENOTICE_SFTP_LISTEN"),

		LoginIssuer: get("DUENOTICE_LOGIN_ISSUER"), LoginClient: get("DUENOTICE_LOGIN_CLIENT"),
		LoginKey: get("DUENOTICE_LOGIN_KEY"), LoginKeyID: get("DUENOTICE_LOGIN_KEY_ID"),
	}
	for one := range strings.SplitSeq(get("DUENOTICE_TRUSTED_PROXIES"), ",") {
		if one = strings.TrimSpace(one); one != "" {
			c.TrustedProxies = append(c.TrustedProxies, one)
		}
	}
	return c
}
