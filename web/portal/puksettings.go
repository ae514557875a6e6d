package portal

import (
	"fmt"
	"slices"
	"time"

	"github.com/e-onay/e-onay/web/portal/gateway"
	"github.com/e-onay/e-onay/web/portal/safe"
)

const (
	defaultPUKsPerDay  = 3
	maxPUKsPerDay      = 100
	defaultLoginMaxAge = 300 * time.Second
	maxLoginMaxAge     = 3600 // seconds
	maxACRValues       = 16
	defaultPUKWait     = time.Hour
	maxPUKWait         = 24 * 3600 // seconds
)

func (s *Settings) checkPUKs() error {
	switch {
	case s.PUKsPerDay < 0 || s.PUKsPerDay > maxPUKsPerDay:
		return fmt.Errorf("puks_per_day: %d is not between 1 and %d", s.PUKsPerDay, maxPUKsPerDay)
	case len(s.PUKOldKeyFiles) >= safe.MaxKeys:
		return fmt.Errorf("puk_old_key_files: more than %d", safe.MaxKeys-1)
	case len(s.PUKOldKeyFiles) > 0 && s.PUKKeyFile == "":
		return fmt.Errorf("puk_old_key_files without puk_key_file")
	case slices.Contains(s.PUKOldKeyFiles, ""):
		return fmt.Errorf("puk_old_key_files: a path is empty")
	case s.TPMRoots != "" && s.PUKKeyFile == "":
		return fmt.Errorf("tpm_roots without puk_key_file")
	case s.PUKRequiresTPM && s.TPMRoots == "":
		return fmt.Errorf("puk_requires_tpm without tpm_roots")
	}
	return s.checkSecondChannel()
}

// Values of Settings.PUKCodeBy.
const (
	codeByMail = "mail"
	codeBySMS  = "sms"
)

// checkSecondChannel judges what a release asks of a person beside their session.
func (s *Settings) checkSecondChannel() error {
	switch {
	case s.PUKLoginMaxAgeSeconds < 0 || s.PUKLoginMaxAgeSeconds > maxLoginMaxAge:
		return fmt.Errorf("puk_login_max_age_seconds: %d is not between 1 and %d", s.PUKLoginMaxAgeSeconds, maxLoginMaxAge)
	case s.PUKWaitSeconds < 0 || s.PUKWaitSeconds > maxPUKWait:
		return fmt.Errorf("puk_wait_seconds: %d is not between 1 and %d", s.PUKWaitSeconds, maxPUKWait)
	case len(s.PUKACRValues) > maxACRValues || slices.ContainsFunc(s.PUKACRValues, func(acr string) bool { return !gateway.ValidACR(acr) }):
		return fmt.Errorf("puk_acr_values: want at most %d, without spaces", maxACRValues)
	case s.PUKCodeBy != "" && s.PUKCodeBy != codeByMail && s.PUKCodeBy != codeBySMS:
		return fmt.Errorf("puk_code_by: %q is neither %q nor %q", s.PUKCodeBy, codeByMail, codeBySMS)
	}
	if s.Mail != nil {
		if err := s.Mail.Check(); err != nil {
			return fmt.Errorf("mail: %w", err)
		}
	}
	switch {
	case s.PUKKeyFile == "" || s.PUKWithoutSecondChannel:
		return nil
	case s.Mail == nil:
		return fmt.Errorf("puk_key_file without mail: a PUK is released after a one-time code by another channel, or, where puk_without_second_channel is true, without one")
	case s.PUKCodeBy == codeBySMS && !s.Mail.SendsSMS():
		return fmt.Errorf("puk_code_by: %q without sms_address or sms_gateway in mail", codeBySMS)
	}
	return nil
}

func (s *Settings) pukLoginMaxAge() time.Duration {
	return secondsOr(s.PUKLoginMaxAgeSeconds, defaultLoginMaxAge)
}

func (s *Settings) pukWait() time.Duration { return secondsOr(s.PUKWaitSeconds, defaultPUKWait) }

func (s *Settings) puksPerDay() int {
	if s.PUKsPerDay == 0 {
		return defaultPUKsPerDay
	}
	return s.PUKsPerDay
}

// openSafe returns nil where the settings name no key: then the portal has no PUKs.
func openSafe(s *Settings) (*safe.Safe, error) {
	if s.PUKKeyFile == "" {
		return nil, nil
	}
	keys, err := safe.New(append([]string{s.PUKKeyFile}, s.PUKOldKeyFiles...)...)
	if err != nil {
		return nil, fmt.Errorf("portal: %w", err)
	}
	return keys, nil
}
