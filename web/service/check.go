package service

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"time"

	"github.com/e-onay/e-onay/web/checkup"
	"github.com/e-onay/e-onay/web/postgres"
	"github.com/e-onay/e-onay/web/relyingparty"
	"github.com/e-onay/e-onay/web/service/challenges"
)

// probeTimeout is for the servers of one site.
const probeTimeout = 20 * time.Second

// Check proves what the settings name before the service is started. Nothing is changed.
func Check(ctx context.Context, s *Settings) *checkup.Report {
	r := new(checkup.Report)
	if s.TLSCertificate != "" {
		until, err := checkTLS(s)
		r.Judge(err, checkup.TLS, s.TLSCertificate, "setup.fact.until", "date", until)
	}
	s.checkDatabase(ctx, r)
	if s.Spool != "" && r.Folder(checkup.Files, s.Spool+"/.") == nil {
		r.OK(checkup.Files, s.Spool, "")
	}
	network := checkup.NewNetwork(r)
	for i := range s.Sites {
		site := &s.Sites[i]
		anchors, intermediates := r.Authorities(site.Anchors), r.Authorities(site.Intermediates)
		if _, err := openSite(site, s.folder, make([]byte, challenges.SecretSize), noChallenges{}); len(anchors) > 0 {
			r.Judge(err, checkup.Settings, site.Name, "")
		}
		ctx, cancel := context.WithTimeout(ctx, probeTimeout)
		network.Issuers(ctx, intermediates, anchors)
		for _, authority := range site.TimeStampAuthorities {
			network.Answers(ctx, checkup.TimeStamps, authority.URL)
		}
		cancel()
	}
	if network.HasRead() {
		network.Clock()
	}
	return r
}

// noChallenges stands for the database where no login is judged.
type noChallenges struct{}

func (noChallenges) Use(context.Context, string, time.Time) error {
	return relyingparty.ErrChallengeUsed
}

// checkTLS returns until when the certificate is good.
func checkTLS(s *Settings) (until string, err error) {
	pair, err := tls.LoadX509KeyPair(s.TLSCertificate, s.TLSKey)
	if err != nil {
		return "", err
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		return "", err
	}
	if now := time.Now(); now.After(leaf.NotAfter) || now.Before(leaf.NotBefore) {
		return "", fmt.Errorf("good from %s until %s", leaf.NotBefore.Format(time.DateOnly), leaf.NotAfter.Format(time.DateOnly))
	}
	return leaf.NotAfter.Format(time.DateOnly), nil
}

func (s *Settings) checkDatabase(ctx context.Context, r *checkup.Report) {
	what := s.Database
	var version, newest int
	var err error
	if s.PostgresFile == "" {
		if r.Folder(checkup.Database, s.Database) != nil {
			return
		}
		version, newest, err = challenges.SQLiteVersion(ctx, s.Database)
	} else {
		what = s.PostgresFile
		var connection string
		if connection, err = postgres.ReadConnection(s.PostgresFile); err == nil {
			version, newest, err = challenges.PostgresVersion(ctx, connection, s.PlainPostgres)
		}
		if err != nil { // a socket that is not there is no database that can be made
			r.Problem(checkup.Database, what, err)
			return
		}
	}
	r.DatabaseVersion(what, version, newest, err)
}
