"""Cues of how people speak of those around them: neighbours, colleagues, titles and honorifics, language by language.

Only data, like `names_world`. A `title` here asks for something personal beside it (`names.py`); a `relative` says it.
"""

from __future__ import annotations

from ringfence.gate.names_shapes import FULL, ONE_OR_MORE, SINGLE
from ringfence.gate.names_world import Row

_AROUND_US = (
    r"neighbou?r|landlord|landlady|tenant|lodger|flatmate|roommate|housemate|co-?worker|colleague|workmate|teammate"
    r"|trainee|apprentice|intern|cleaner|nanny|babysitter|childminder|carer|trainer|classmate|stepmum|stepdad|mate"
    r"|(?:brother|sister|mother|father|son|daughter)[- ]in[- ]law|cousin|manager|boss|bf|gf|hubby|wifey"
)
_KIN = (
    r"wife|husband|partner|son|daughter|mum|mom|dad|brother|sister|aunt|uncle|cousin|niece|nephew|friend|ex|boyfriend"
    r"|girlfriend|student|patient|client|tenant"
)
_LOWER = r"(?P<name>[a-zà-ÿ]{3,20}(?: (?!and|is|has|was|who|but|the|for|from|that|with)[a-zà-ÿ]{1,20})??)"
_LOWER_END = r"(?=[,.!?;:)]|$| )"
_HER_FACT = (
    r"[?!,]* (?:who )?(?:just |still |already |recently |always |hasn['’]?t |has |had |is |was |got |gets |been )*"
    r"(?:lives? |living |owes? |sacked|fired|laid off|let go|made redundant|pregnant|preggers|divorc\w+|cheat\w+"
    r"|arrested|in (?:rehab|hospital|jail|prison)|dumped|evicted|drinking|drunk|paid (?:me|us|his|her|the)|told me"
    r"|telling everyone|off sick|diagnosed|suicidal|depressed|sleeping with|hit (?:me|him|her)|hits (?:me|him|her))"
)
_HER_OWN = r"(?:ex|husband|wife|boyfriend|girlfriend|kids?|divorce|test results|surgery|drinking)\b"
_PLACE = r"(?:work|school|church|accounts|hr|sales|uni|the (?:gym|office|rugby|pub)|number \d)"
_EN = (
    Row(
        pattern=rf"\b(?i:(?:my|our|his|her|their|ur) (?:\w+ )?(?:{_AROUND_US})|neighbou?r|landlord|landlady|flatmate"
        rf"|roommate|housemate|coworker),? (?:called |named |is )?(?P<name>{ONE_OR_MORE})",
        why="relative",
        known=True,
    ),
    Row(
        pattern=rf"\b(?i:(?:my|our|his|her|ur) (?:\w+ )?(?:{_AROUND_US}|{_KIN})|neighbou?r|landlord|landlady"
        rf"|flatmate|roommate|housemate|coworker),? (?:called |named )?{_LOWER}{_LOWER_END}",
        why="relative",
        known=True,
        trigger=rf"(?i:(?:my|our|his|her|ur) (?:\w+ )?(?:{_AROUND_US}|{_KIN})|neighbou?r|landlord|landlady|flatmate"
        r"|roommate|housemate|coworker),? \pL",
    ),
    Row(
        pattern=rf"\b{_LOWER}(?=['’]s {_HER_OWN})",
        why="life",
        known=True,
        trigger=rf"\pL['’]s {_HER_OWN}",
    ),
    Row(
        pattern=rf"\b{_LOWER}(?={_HER_FACT})",
        why="life",
        known=True,
        trigger=rf"\pL{_HER_FACT}",
    ),
    Row(
        pattern=rf"\b(?i:hear about|heard about|told you about) {_LOWER}{_LOWER_END}",
        why="life",
        known=True,
        trigger=r"(?i:hear about|heard about|told you about) \pL",
    ),
    Row(
        pattern=rf"\b{_LOWER}(?= (?:at|from) {_PLACE})",
        why="life",
        known=True,
        trigger=rf"\pL (?:at|from) {_PLACE}",
    ),
    Row(
        pattern=r"\b(?:mr|mrs)\.? (?P<name>(?!and |or |or\b)[a-z]{3,20})\b",
        why="title",
        trigger=r"(?:^|[^\pL])(?:mr|mrs)\.? \pL",
    ),
    Row(
        pattern=r"\b(?:mer[aei]|hamar[aei]|apn[aei]|uski"
        r"|uska) (?:\w+ ){1,2}?(?P<name>[a-z]{3,20}(?: [a-z]{3,20})?)\b",
        why="relative",
        known=True,
        trigger=r"(?:mer|hamar|apn|usk)[aei] \pL",
    ),
    Row(
        pattern=r"\b(?P<name>[a-z]{3,20} (?:v\.? ?d\.?|van der|van den|van de|van|von|de la|bin|bint|binti) ?"
        r"[a-z]{3,20})\b",
        why="title",
        known=True,
        trigger=r"\pL (?:v\.? ?d\.?|van|von|de la|bin|bint|binti) ?\pL",
    ),
)
_NEIGHBOURS = (
    r"vecin[oa]|voisine?|vicin[oa](?: di casa)?|vizinh[oa]|buurman|buurvrouw|nabo|naboen|grannen?|sąsiad(?:a|ka"
    r"|kę|ki)?"
    r"|sousedk?[auy]?|szomszéd(?:om)?|naapuri(?:ni|mme)?|jirani|komşu(?:m|muz)?|tetangga|сосед(?:а|ка|ки|ку)?"
    r"|сусід(?:а|ка|ки|ку)?|colega|collègue|compañer[oa]|collega|kolega|kolegę|koleżanka|koleżankę|kolegyně|kollegan?"
    r"|kollegaen|kolléga|kollégám|työkaveri(?:ni)?|arkadaşım|rekan kerja|коллега|колега|подруга|друг|inquilin[oa]"
    r"|locataire|inquilin[oa]|huurder|najemca|nájemník|жилец|квартирант(?:ка)?|empleado|empleada|employée?|dipendente"
    r"|funcionári[oa]|medewerk(?:er|ster)|pracownik|pracownica|сотрудниц?[аы]?|alumn[oa]|élève|alunn[oa]|alun[oa]"
    r"|uczeń|uczennica|ученик|ученица|jefe|jefa|szef|szefowa|начальник|primo|prima|cuñad[oa]|cunhad[oa]|suegr[oa]"
    r"|petite?|szwagier|szwagra|teściowa|свекровь|тёща|зять|pacient[ea]|patiente?|paziente|pacjent(?:ka|a|ki)?"
    r"|пациентк?[аиу]?|пацієнтк?[аиу]?|ασθενής|γείτονας|γειτόνισσα|συνάδελφος|öğrencim|hastamız|kiracım"
)
_POLITE = (
    r"pan|pana|panu|panem|pani|panią|mevrouw|Mevrouw|mevr\.|meneer|Meneer|dhr\.|Dhr\.|mw\.|Mw\.|fru|hr\.|κυρία|Κυρία"
    r"|κυρίας|κύριος|Κύριος|κύριο|κυρίου|κ\.|пані|Пані|пана|пану|пан|signora|signor|doamna|Doamna|domnul|Domnul"
    r"|doamnei|domnului|paní|rouva|herra|señora|señor|senhora|senhor|dona|doña|don|madame|monsieur|M\.|Mme|Mlle"
)
_WORLD = (
    Row(
        pattern=rf"\b(?i:{_NEIGHBOURS})(?: (?:yangu|saya|mea|meu|mój|moja|min|z pracy|de trabajo|{_POLITE}))*,? "
        rf"(?P<name>{ONE_OR_MORE})",
        why="relative",
        trigger=rf"(?i:{_NEIGHBOURS})(?: [\pL.]+){{0,2}},? [\p{{Lu}}]",
    ),
    Row(
        pattern=rf"\b(?i:{_NEIGHBOURS}) (?P<name>[а-яёіїєґ]{{3,15}}|[a-zà-žąęłńśźż]{{3,15}})\b",
        why="relative",
        known=True,
        trigger=rf"(?:^|[^\pL])(?i:{_NEIGHBOURS}) \p{{Ll}}",
    ),
    Row(
        pattern=r"\b(?i:nachbar(?:in)?|kolleg(?:e|in)|azubi|mieter(?:in)?|vermieter(?:in)?|mitarbeiter(?:in)?"
        r"|chef(?:in)?"
        rf"|schüler(?:in)?|praktikant(?:in)?|patient(?:in)?|schwager|schwägerin|kund(?:e|in)),? "
        rf"(?P<name>{ONE_OR_MORE})",
        why="relative",
        known=True,
    ),
    Row(
        pattern=rf"\b(?:{_POLITE}) (?P<name>(?:[dD][eE] |[vV]an (?:der |den |de )?|[lL][oaeiu] )?{ONE_OR_MORE})",
        why="title",
        trigger=rf"(?:^|[^\pL])(?:{_POLITE}) \pL",
    ),
    Row(
        pattern=r"\b(?:frau|herrn?) (?P<name>[a-zäöüß]{3,20})(?= (?:aus|von|vom|im|hat|ist) )",
        why="title",
        trigger=r"(?:frau|herrn?) \pL",
    ),
    Row(
        pattern=rf"(?P<name>{SINGLE} {SINGLE})(?= (?:szomszéd|úr\b|asszony|néni|bácsi|kolléga))",
        why="title",
    ),
    Row(
        pattern=r"^[ \t]*(?:Tisztelt|Kedves|Drága|Stimat[ăe]|Dragă|Vážen[ýá]|Mil[áýý]|Drogi|Droga|Hyvä|Hei|Hej|Sayın"
        rf"|Шановн(?:ий|а)|Дорог(?:ой|ая|а|ий)|Αγαπητ(?:έ|ή)|Kepada|Kính gửi|Thân gửi) (?P<name>{FULL})(?=[,!:])",
        why="greeting",
    ),
    Row(
        pattern=r"\b(?i:chị|anh|ông|bà|cô|chú|bác|cháu) (?P<name>(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng"
        rf"|Bùi|Đỗ|Hồ|Ngô|Dương|Lý)(?: {SINGLE}){{1,3}})",
        why="title",
    ),
    Row(
        pattern=r"(?P<name>(?:[А-ЯЁІЇЄҐ][а-яёіїєґ'’]+ ){1,2}[А-ЯЁІЇЄҐ][а-яёіїєґ]+"
        r"(?:(?:ович|евич|йович|ьич)(?:а|у|ем|е)?|(?:овн|евн|івн|ївн|ичн)(?:а|ы|е|у|ой|ою|і)))\b",
        why="title",
        trigger="(?:ович|евич|йович|ьич|овн|евн|івн|ївн|ичн)",
    ),
    Row(
        pattern=r"\b(?P<name>[а-яёіїєґ]{3,15} [а-яёіїєґ]{3,15}"
        r"(?:ович|евич|йович|овна|евна|івна|ївна|овны|евне|овне))\b",
        why="title",
        known=True,
        trigger="(?:ович|евич|йович|овна|евна|івна|ївна|овны|евне|овне)",
    ),
)
_MAIL = (
    Row(pattern=rf"^FN(?:;[^:\n]*)?:(?P<name>{ONE_OR_MORE})", why="field"),
    Row(
        pattern=rf"^[> \t]*(?:On|Am|Le|El|Il|Em|Op|W dniu) [^\n]{{6,60}}?[, ](?P<name>{FULL})(?: <[^>\n]*>)?,?"
        r"(?= (?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|napisał))",
        why="field",
        trigger=r"(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|napisał)",
    ),
)
_HAN = "\u4e00-\u9fff"
_ZH = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金"
    "廖贾夏韦方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严武戴莫孔汤張劉陳楊黃趙吳孫馬鄭謝許韓馮鄧蕭葉蘇呂盧"
    "鍾譚陸龍顧龔萬錢嚴湯"
)
_ZH_NO = (
    "高考|高中|高一|高二|高三|高烧|高兴|高血|黄疸|白细|白血|马上|任务|任何|方面|方案|金额|石化|高度|高级|方便"
    "|万一|钱包|何时|许多"
)
ZH_NAME = rf"(?!{_ZH_NO})[{_ZH}][{_HAN}]"
JA_SURNAMES = (
    "佐藤|鈴木|高橋|髙橋|田中|渡辺|渡邊|伊藤|山本|中村|小林|加藤|吉田|山田|佐々木|山口|松本|井上|木村|斎藤|齋藤"
    "|斉藤|清水|山崎"
    "|池田|橋本|阿部|石川|山下|中島|石井|小川|前田|岡田|長谷川|藤田|後藤|近藤|村上|遠藤|青木|坂本|福田|太田"
    "|西村|藤井|金子|岡本"
    "|藤原|三浦|中野|原田|松田|竹内|小野|中山|田村|石田|上田|和田|森田|柴田|酒井|工藤|宮崎|横山|内田|高木|安藤"
    "|島田|谷口|大野"
    "|高田|丸山|今井|河野|藤本|村田|武田|上野|杉山|増田|平野|大塚|千葉|久保|松井|小島|岩崎|桜井|野口|松尾|野村"
    "|木下|菊地|佐野"
    "|菅原|新井|大西|古川|浜田|水野|小山|林|森"
)
_KO_SURNAME = "[김이박최정강조윤장임한오서신권황안송류홍전고문손양배백허유남심노곽차구민진엄]"
_KO = rf"{_KO_SURNAME}[\uac00-\ud7af]{{2}}"
_KO_GIVEN = (
    "[가강건경관광교국권규근금기길나남다단대도동라란람려련령록리린림만말명무문미민배범별병보복봄봉빈상서석선설섭성세소솔송수숙순슬승시식아안애"
    "여연열영예오옥온완용우욱운원월윤율은을인일임자장재전점정제조종주준지진찬창채천철춘충태평하학향헌혁현형혜호홍화환훈휘희]"
)
KO_NAME = (
    rf"(?!배우자|정수기|조수석|문제아|임산부|안경원|고아원|유아원|조사원|이기주|전시장|서명[은을]|성인|고민"
    rf"|조언|이유|정보|이상|오전|오후|주소)"
    rf"{_KO_SURNAME}{_KO_GIVEN}{{2}}"
)
"""Three syllables that a name is made of."""
_ASIA = (
    Row(
        pattern=rf"(?P<name>{ZH_NAME}[{_HAN}]?)(?=先生|女士|小姐|同学|同學|老师|老師|阿姨|经理|經理|师傅|大爷)",
        why="title",
        trigger="先生|女士|小姐|同学|同學|老师|老師|阿姨|经理|經理|师傅|大爷",
    ),
    Row(
        pattern="(?:同事|邻居|鄰居|患者|病人|室友|朋友|老公|老婆|妻子|丈夫|儿子|女儿|学生|客户|房东|租客|房客"
        "|员工|隔壁的?|下属"
        rf"|男友|女友|前夫|前妻|表弟|表姐|我叫)(?P<name>{ZH_NAME}[{_HAN}]?)(?=今|昨|明天|上周|怀孕|懷孕|住院|说"
        rf"|說|没|沒|在"
        "|的|，|,|欠|被|因|最近|又|已|要|得了|请假|离婚|離婚|想|把|辞职|因为)",
        why="relative",
        trigger="同事|邻居|鄰居|患者|病人|室友|朋友|老公|老婆|妻子|丈夫|儿子|女儿|学生|客户|房东|租客|房客|员工"
        "|隔壁|下属|男友|女友"
        "|前夫|前妻|表弟|表姐",
    ),
    Row(
        pattern=rf"(?P<name>(?:{JA_SURNAMES})[{_HAN}\u3041-\u3096]{{0,3}}?)(?=さん|くん|君|ちゃん|様|氏|殿|先生"
        rf"|課長|部長|店長)",
        why="title",
        trigger="さん|くん|君|ちゃん|様|氏|殿|先生|課長|部長|店長",
    ),
    Row(pattern=rf"(?P<name>{_KO})(?= ?씨)", why="title", trigger="씨"),
    Row(
        pattern=rf"(?<![\uac00-\ud7af])(?P<name>{KO_NAME})(?= ?(?:님|대리|과장|부장|차장|팀장|사원|주임|선생님"
        rf"|환자|학생"
        "|할머니|할아버지|아저씨))",
        why="title",
        trigger="님|대리|과장|부장|차장|팀장|사원|주임|환자|학생|할머니|할아버지|아저씨",
    ),
    Row(
        pattern="(?:환자|옆집|동료|남편|아내|친구|이웃|상사|직원|세입자|집주인|딸|아들|동생|언니|오빠|누나|형)"
        rf" (?P<name>{KO_NAME})(?=[ 은는이가의을를,.]|$)",
        why="relative",
    ),
)
_AR = "[\u0620-\u064a\u0671-\u06d3]{2,15}"
_AR_NAME = rf"(?!الذي|التي|الذين|في\b|من\b|على\b|عن\b|إلى\b|هو\b|هي\b|كان|قد\b|لا\b|لم\b|المدير|العام|الرئيس){_AR}"
_HE, _HI = "[\u05d0-\u05ea]{2,12}", "[\u0900-\u0963]{2,15}"
_TH = "[\u0e01-\u0e4e]"
_SCRIPTS = (
    Row(
        pattern=r"(?:^|[\s،.«(])[وفل]?(?:السيد|السيدة|الأستاذة?|الدكتورة?|الأخ|الأخت|المريضة?|الآنسة|الشيخ"
        r"|الحاجة?|الموظفة?"
        rf"|الطالبة?) (?P<name>{_AR_NAME}(?: {_AR_NAME})?)",
        why="title",
    ),
    Row(
        pattern=r"(?:^|[\s،.«(])[وفل]?(?:جارتي|جاري|جارنا|جارتنا|زميلي|زميلتي|زوجتي|زوجي|ابني|ابنتي|أخي|أختي"
        r"|صديقي|صديقتي|مديري"
        rf"|مديرتي|عمي|خالي|موظفنا|أمي|أبي)(?: (?:أم|أبو|السيدة?))? (?P<name>{_AR_NAME})",
        why="relative",
        known=True,
    ),
    Row(
        pattern=rf"(?P<name>{_AR} (?:بن|بنت|ابن|آل) {_AR})",
        why="title",
        trigger=" (?:بن|بنت|ابن|آل) ",
    ),
    Row(pattern=rf"(?:^|[\s،.«(])(?:أم|أبو|ابو|ام) (?P<name>{_AR})", why="title", known=True),
    Row(
        pattern=rf"(?:^|[\s،.«(])(?:آقای|خانم|جناب|سرکار خانم) (?P<name>(?!هستم|است|که){_AR}(?: {_AR})?)",
        why="title",
    ),
    Row(
        pattern=rf"(?:^|[\s,.(\"])[ולשה]?(?:מר|גב'|גב׳|גברת|ד\"ר|ד״ר) (?P<name>{_HE}(?: {_HE})?)",
        why="title",
    ),
    Row(
        pattern=r"(?:^|[\s,.(\"])[ולש]?(?:השכן|השכנה|העובד|העובדת|המטופל|המטופלת|הלקוח|הלקוחה|הדייר|הדיירת|אשתי"
        r"|בעלי|בני"
        rf"|בתי|אחי|אחותי|אמי|אבי|חברי|חברתי)(?: שלי| שלנו)? (?P<name>{_HE}(?: {_HE})?)",
        why="relative",
        known=True,
    ),
    Row(
        pattern=rf"(?:^|[\s,।(\"])(?:श्री|श्रीमती|सुश्री|डॉ\.?|कुमारी) (?P<name>(?!जी\b){_HI}(?: {_HI})?)",
        why="title",
    ),
    Row(
        pattern=rf"(?:^|[\s,।])(?:मेरी|मेरे|मेरा|हमारे|हमारी) (?:{_HI} )??{_HI} (?P<name>{_HI}(?: {_HI})?)",
        why="relative",
        known=True,
    ),
    Row(
        pattern=r"(?:คุณ|นาย|นางสาว|นาง|น\.ส\.|ด\.ช\.|ด\.ญ\.) ?(?P<name>(?!สามารถ|ต้อง|จะ|ไม่|มี|ควร"
        r"|ได้|เป็น|คือ|ชอบ|อยาก|กำลัง|ภาพ"
        rf"|สมบัติ|ค่า){_TH}{{3,14}} {_TH}{{3,14}})",
        why="title",
    ),
)
ROWS: tuple[Row, ...] = (*_EN, *_WORLD, *_MAIL)
FOREIGN: tuple[Row, ...] = (*_ASIA, *_SCRIPTS)
"""For texts with a sign that is not ASCII."""
