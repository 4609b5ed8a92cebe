package intake

import (
	"os"
	"strings"
	"testing"

	"duenotice/campaigns/calendar"
	"duenotice/campaigns/fault"
)

const wideHead = "report_period_end,region_code,ccg_code,ccg_name,practice_code,practice_name,patient_list_size,Sys_Appts_Enbld,Pat_Appts_Enbld,Pat_Appts_Use,Sys_DetCodeRec_Enbld,Pat_DetCodeRec_Enbld,Total_Pat_Enbld\n"
const longHead = "report_period_end,region_code,region_name,sub_ICB_location_code,sub_ICB_location_name,practice_code,practice_name,system_supplier,field,value\n"

// TestEveryTrapOfUptakeIsSeen reads small files, each with one thing wrong.
func TestEveryTrapOfUptakeIsSeen(t *testing.T) {
	for _, k := range []struct {
		name, file string
		rows       int
		rule       Rule
		enabled    int32 // of records, of the first practice; Unknown too
	}{
		{"as it should be", wideHead + "31AUG2020,Y63,16C,Tees,A81001,Densham,4083,2,1249,25,2,33,1260\n", 1, "", 33},
		{"blank is unknown", wideHead + "31AUG2020,Y63,16C,Tees,A81001,Densham,4083,2,1249,,2,,1260\n", 1, "", Unknown},
		{"NULL is unknown", wideHead + "31AUG2020,Y63,16C,Tees,A81001,Densham,4083,2,NULL,,NULL,NULL,1260\n", 1, "", Unknown},
		{"nine is unknown for a system only", wideHead + "31AUG2020,Y63,16C,Tees,A81001,Densham,4083,9,9,9,9,9,9\n", 1, "", 9},
		{"more enabled than registered", wideHead + "31AUG2020,Y63,16C,Tees,A81001,Densham,40,2,39,25,2,41,41\n", 1, EnabledAboveList, 41},
		{"no list", wideHead + "31AUG2020,Y63,16C,Tees,A81001,Densham,,2,39,25,2,41,41\n", 1, ListMissing, 41},
		{"twice in a month", wideHead + strings.Repeat("31AUG2020,Y63,16C,Tees,A81001,Densham,90,2,39,25,2,41,41\n", 2) + "31AUG2020,Y63,16C,Tees,A81002,Other,90,2,39,25,2,41,41\n", 2, CodeTwice, 41},
		{"a word for a number", wideHead + "31AUG2020,Y63,16C,Tees,A81001,Densham,90,2,39,25,2,many,41\n", 1, FigureUnreadable, Unknown},
		{"a system of 7", wideHead + "31AUG2020,Y63,16C,Tees,A81001,Densham,90,2,39,25,7,5,41\n", 1, FigureUnreadable, 5},
		{"no month", wideHead + "31FOO2020,Y63,16C,Tees,A81001,Densham,90,2,39,25,2,5,41\n31AUG2020,Y63,16C,Tees,A81002,Other,90,2,39,25,2,6,41\n", 1, DateImpossible, 6},
		{"a month to come", wideHead + "31AUG2030,Y63,16C,Tees,A81001,Densham,90,2,39,25,2,5,41\n31AUG2020,Y63,16C,Tees,A81002,Other,90,2,39,25,2,6,41\n", 1, DateFuture, 6},
		{"not the end of a month", wideHead + "30-Aug-20,Y63,16C,Tees,A81001,Densham,90,2,39,25,2,5,41\n", 1, PeriodOdd, 5},
		{"no code", wideHead + "31AUG2020,Y63,16C,Tees,,Densham,90,2,39,25,2,5,41\n31AUG2020,Y63,16C,Tees,A81002,Other,90,2,39,25,2,6,41\n", 1, CodeShape, 6},
		{"long", longHead + "31-Aug-20,Y63,NORTH,16C,Tees,A81001,Densham,TPP,patient_list_size,90\n31-Aug-20,Y63,NORTH,16C,Tees,A81001,Densham,TPP,Pat_DetCodeRec_Enbld,7\n", 1, "", 7},
		{"two systems", longHead + "31-Aug-20,Y63,NORTH,16C,Tees,A81001,Densham,TPP,patient_list_size,90\n31-Aug-20,Y63,NORTH,16C,Tees,A81001,Densham,EMIS (I),patient_list_size,90\n", 2, "", Unknown},
		{"a figure twice", longHead + "31-Aug-20,Y63,NORTH,16C,Tees,A81001,Densham,TPP,patient_list_size,90\n31-Aug-20,Y63,NORTH,16C,Tees,A81001,Densham,TPP,patient_list_size,91\n", 1, FigureTwice, Unknown},
		{"a field that is new", longHead + "31-Aug-20,Y63,NORTH,16C,Tees,A81001,Densham,TPP,patient_list_size,90\n31-Aug-20,Y63,NORTH,16C,Tees,A81001,Densham,TPP,Pat_Video_Use,91\n", 1, FieldUnknown, Unknown},
	} {
		var rows []Uptake
		var told []Rule
		_, err := ReadUptake(strings.NewReader("\ufeff"+strings.ReplaceAll(k.file, "\n", "\r\n")+"\r\n"), Options{Today: calendar.On(2026, 11, 20)},
			func(u Uptake) error { rows = append(rows, u); return nil }, func(f Finding) error { told = append(told, f.Rule); return nil })
		if err != nil {
			t.Errorf("%s: %v", k.name, err)
			continue
		}
		if len(rows) != k.rows || rows[0].Figures[RecordsEnabled] != k.enabled || rows[0].Month != calendar.On(2020, 8, 31) {
			t.Errorf("%s: %+v", k.name, rows)
		}
		if len(told) != 1 && k.rule != "" || len(told) > 0 && told[0] != k.rule {
			t.Errorf("%s: told %v", k.name, told)
		}
	}
	for name, file := range map[string]string{"another file": "nhs_number,code,date\n1,2,3\n", "half of the long layout": "report_period_end,practice_code,field\n31AUG2020,A81001,x\n",
		"neither": "report_period_end,practice_code\n31AUG2020,A81001\n", "only bad rows": wideHead + "x,Y63,16C,Tees,A81001,D,9,2,3,2,2,4,4\n", "nothing": ""} {
		_, err := ReadUptake(strings.NewReader(file), Options{}, func(Uptake) error { t.Errorf("%s was taken", name); return nil }, nil)
		if !fault.Is(err, fault.Invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestTheRealFilesOfAugust2020ReadAlikeInBothLayouts holds the figures that
// NHS Digital published against what is read.
func TestTheRealFilesOfAugust2020ReadAlikeInBothLayouts(t *testing.T) {
	read := map[string]Uptake{}
	for _, name := range []string{"pomi_2020-08_wide.csv", "pomi_2020-08_long_reconstructed.csv.gz"} {
		f, err := os.Open("/work/shared/data/pomi/" + name)
		if err != nil {
			t.Skip("the shared data are not here")
		}
		defer f.Close()
		var list, enabled, records, practices int
		_, err = ReadUptake(f, Options{Today: calendar.On(2026, 11, 20)}, func(u Uptake) error {
			practices++
			list += int(u.Figures[PatientList])
			enabled += int(max(u.Figures[TotalEnabled], 0))
			records += int(max(u.Figures[RecordsEnabled], 0))
			u.Line = 0
			if was, twice := read[u.Practice]; twice && was != u {
				t.Errorf("%s differs: %+v and %+v", u.Practice, was, u)
			}
			read[u.Practice] = u
			return nil
		}, nil)
		if err != nil || practices != 6588 || list != 59968362 || enabled != 19035599 || records != 5840141 {
			t.Errorf("%s: %d practices, list %d, enabled %d, records %d, %v", name, practices, list, enabled, records, err)
		}
	}
}
