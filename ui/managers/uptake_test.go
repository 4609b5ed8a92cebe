package managers_test

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"duenotice/campaigns"
	"duenotice/campaigns/uptake"
)

const pomiHead = "report_period_end,region_code,sub_icb_location_code,practice_code,practice_name,system_supplier,patient_list_size,Sys_Appts_Enbld,Pat_Appts_Enbld,Pat_Appts_Use,Sys_Presc_Enbld,Pat_Presc_Enbld,Pat_Presc_Use,Sys_DetCodeRec_Enbld,Pat_DetCodeRec_Enbld,Pat_DetCodeRec_Use,Total_Pat_Enbld,New_Pat_Enbld,Total_Use\n"

// pomi imports 15 months of the three practices of the house: steady growth,
// a practice that is on and has no user, and one that leapt lately.
func (h *house) pomi() {
	h.t.Helper()
	var b strings.Builder
	b.WriteString(pomiHead)
	for n := range 15 {
		year, month := 2025+(8+n-1)/12, (8+n-1)%12+1
		on := fmt.Sprintf("%04d-%02d-28", year, month)
		leap := 0
		if n > 12 {
			leap = 3000
		}
		fmt.Fprintf(&b, "%s,Y56,QMF,F84001,Limehouse,TPP,9120,2,%d,900,2,%d,1200,2,%d,%d,%d,40,2500\n", on, 2000+40*n, 2500+50*n, 900+60*n, 300+20*n, 3000+60*n)
		fmt.Fprintf(&b, "%s,Y56,QMF,F84002,Victoria Park,EMIS,12040,1,0,,2,%d,1500,2,0,,%d,10,1500\n", on, 3000+30*n, 3000+30*n)
		fmt.Fprintf(&b, "%s,Y63,QWO,B86001,Leeds Road,EMIS,5000,2,%d,100,2,900,200,9,%d,10,%d,10,310\n", on, 800+leap/2, 500+n%2*20+leap, 1200+leap)
	}
	_, err := h.tally.Import(h.t.Context(), campaigns.Viewer{Role: campaigns.RoleNational}, []uptake.File{{Name: "fifteen months.csv", Body: strings.NewReader(b.String())}})
	h.must(err)
}

func TestThePagesOfUptakeShowWhatWasPublished(t *testing.T) {
	h := build(t)
	h.get("Finn Finance", "/uptake").reads(200, "No month is known yet")
	h.pomi()
	h.get("Cara Second", "/uptake").reads(200, "October 2026", "England", "3 practices have published", "1 practice says that record access is on and has no record user", "2 of 2", "North East London", "What changed lately", "Records rose", "&#43;14.2")
	h.get("Anna Author", "/uptake").reads(200, "North East London", "2 practices have published", "Nothing has left its usual level")
	h.get("Anna Author", "/uptake?month=2025-10&service=appointments").reads(200, "October 2025", "–")
	h.get("Anna Author", "/uptake?month=2020-10").reads(404)
	h.get("Anna Author", "/uptake?service=eggs").reads(404)
	h.get("Anna Author", "/uptake/area/icb/QMF/practices?only=silent").reads(200, "1 practice of 2", "Victoria Park Practice", "Nobody enabled")
	h.get("Anna Author", "/uptake/area/icb/NONE").reads(404)
	h.get("Anna Author", "/uptake/practice/f84001").reads(200, "19.1% of patients are enabled", "Fewer than 30", "TPP", "October 2025")
	h.get("Anna Author", "/uptake/practice/X99999").reads(404)
	h.get("Cara Second", "/uptake/alerts").reads(200, "2 practices and services have left", "Leeds Road Practice")
	h.get("Hal Help", "/uptake/files").reads(200, "15 months, August 2025 to October 2026", "45")
	h.get("Hal Help", "/uptake/definitions").reads(200, "Uses, not people")
	h.post("Anna Author", "/uptake/groups", "name", "Bow", "practices", "F84001 f84002").reads(303)
	h.post("Anna Author", "/uptake/groups", "name", "Bow", "practices", "F84001 NONE99").reads(422, "under the code NONE99")
	h.get("Anna Author", "/uptake/groups/1").reads(200, "Bow", "21,160")
	h.get("Olga Other", "/uptake/groups/1").reads(404)

	var file struct {
		Rows []map[string]any
	}
	h.must(json.Unmarshal([]byte(h.get("Cara Second", "/uptake?as=json").reads(200).Body), &file))
	if len(file.Rows) != 15*4+2+2 {
		t.Errorf("%d rows", len(file.Rows))
	}
	csv := h.get("Cara Second", "/uptake/area/england/all/practices?as=csv&service=records").reads(200).Body
	if lines := strings.Split(strings.TrimSpace(csv), "\r\n"); len(lines) != 4 || !strings.HasPrefix(lines[0], "month,kind,code") || !strings.Contains(csv, "2026-10-31,practice,B86001,Leeds Road Practice,records,1,5000,0,0,0,,3500,0.700000") {
		t.Errorf("%s", csv)
	}
}

func TestThePagesShowTheRealFilesOfAugust2020(t *testing.T) {
	h := build(t)
	f, err := os.Open("/work/shared/data/pomi/pomi_2020-08_wide.csv")
	if err != nil {
		t.Skip("the shared data are not here")
	}
	defer f.Close()
	_, err = h.tally.Import(t.Context(), campaigns.Viewer{Role: campaigns.RoleNational}, []uptake.File{{Name: "real", Body: f}})
	h.must(err)
	h.get("Cara Second", "/uptake").reads(200, "19,035,599 of 59,968,362 patients have an online account; 5,840,141 may see their detailed record", "6,588 practices have published",
		"142 practices say that record access is on and have no record user", "August 2020")
	h.get("Cara Second", "/uptake/area/england/all/practices?only=silent").reads(200, "142 practices of 6,588")
}
