package protocol

import (
	"strings"
	"testing"
)

func TestCheckSiteName(t *testing.T) {
	for _, name := range []string{
		"Deneme ESHS", "e-Devlet Kapısı", "Örnek Bankası A.Ş.", "T.C. Sağlık Bakanlığı", "Dr. Ali Yılmaz & Ortakları", "Kuruluş 4.0",
		"İş (deneme)", "No.12", "Q", "Ελληνική Τράπεζα", "Сбербанк", "بنك", "A/B Danışmanlık", "O’Neill", "Vietnam Ngân hàng", strings.Repeat("a", MaxSiteName),
	} {
		if err := CheckSiteName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{
		"", " ", " a", "a ", "a  b", "a\nb", "a\u00a0b", strings.Repeat("a", MaxSiteName+1), "...", "1234", "a\xff",
		"https://www.turkiye.gov.tr (e-Devlet Kapısı)", "turkiye.gov.tr", "e-Devlet (turkiye.gov.tr)", "x.co", "magaza.test’ten", "giris-1.example",
		"turkiye .gov.tr", "turkiye .gov .tr", "//turkiye", "10.0.0.1", "Sunucu 192.168.1.1", "xn--maaza-l1a.test", "örnek.tr",
		"turkiye。gov。tr", "turkiye．gov．tr", "turkiye｡gov｡tr", "turkiye․gov․tr", "turkiye·gov·tr", "https:∕∕turkiye", "https：turkiye",
		"e-Dеvlet", "Τürkiye", "ｔｕｒｋｉｙｅ", "𝐭𝐮𝐫𝐤𝐢𝐲𝐞", "a\u202eb", "a\u200bb", "tu\u0308rkiye", "a@b", "localhost:8080", "中国",
	} {
		if CheckSiteName(name) == nil {
			t.Errorf("%q was taken", name)
		}
	}
}
