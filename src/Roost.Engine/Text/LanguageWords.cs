namespace Roost.Engine.Text;

/// <summary>
/// The commonest short words of languages in Latin script, most frequent first, folded; what endings lean to a
/// language; and the letters that few languages have.
/// </summary>
internal static class LanguageWords
{
    /// <summary>So many of the first languages below are those of most posts.</summary>
    public const int Widespread = 6;

    /// <summary>Words of at most 8 bytes, the commonest first.</summary>
    public static readonly (string Language, string Words)[] Words =
    [
        (
            "en",
            "the to i and a you of is in it my for that on me this so be with just was have at are your not but "
            + "up we all like out what do get can when im if now one its will no dont love from about good day "
            + "they know go he how time got today new she or see as people has an more want been who by really "
            + "think our there because had too lol back his her off here us why were did would then them some "
            + "their make going need work thats right well best very much only life always never happy still "
            + "great cant youre him over after way than thanks thank please where should could every these those "
            + "down first night year week tonight tomorrow"),
        (
            "fr",
            "de je la le et les est pas a en un que pour des une tu j on c ca du il mais qui ce dans me sur "
            + "elle vous avec plus moi au ne suis ma mon nous bien tout sa son si se te toi y par fait comme cest "
            + "jai ai ou ta ton etre faire quand ils sont meme trop rien tous aux vraiment tres merci bon va va "
            + "ici jamais encore cette mes deux sans aussi alors etait votre notre chez apres avant quoi non oui "
            + "peut leur lui ses tes dit temps vie jour avoir dire voir cela donc parce depuis toujours soir "
            + "demain aime monde annee ans contre"),
        (
            "de",
            "ich die und der das ist nicht in du zu es ein mit den auf so ja mir war wie was noch auch fur von "
            + "mal er dass wenn aber im hat habe mich eine bei nur an sie dann wir schon man kann jetzt heute bin "
            + "hab da dem des als um nach wieder oder mehr haben aus sich doch gut einen immer alle sind nein dir "
            + "dich wird uber mein meine hier werden vor einfach keine machen am zum zur sehr leider morgen muss "
            + "warum bis gerade durch konnte jahre leute echt nix nichts geht gibt beim vom wer ihr euch uns "
            + "etwas weil viel einer"),
        (
            "it",
            "di che e la il non un per a in mi è una sono da lo ma si le con ho ti come i cosa del questo ci "
            + "della più se al anche ha no io ne quando piu o te fare bene tutto solo me mia mio gli era sei cosi "
            + "oggi perche perché nel tu alla hai sempre fatto chi tutti poi dei ora mai essere ancora sta buon "
            + "giorno vita casa prima questa quello fa dopo degli dal dalla nella sulla suo sua loro siamo anno "
            + "grazie voglio vedere niente senza cioe molto domani stasera amore noi voi quindi adesso vero "
            + "troppo ogni delle alle"),
        (
            "pt",
            "que de e eu a o nao do da em me um com é se pra na no te uma por mais os ta meu mas vc as minha ja "
            + "so isso tem como vou to para bem foi ser muito ele quando sem ela tudo voce aqui hoje sou gente "
            + "quem mim estou esse dia ou fazer ao agora essa ainda nem vai tava pq mesmo nunca das dos sempre "
            + "vida amo ter pelo pela hj mto eh nada tambem amor porque melhor cara assim depois bom boa quero "
            + "acho nos ate ver sao seu sua cada entao obrigado casa tenho todo toda amanha dessa desse minhas "
            + "tao era está estava dormir"),
        (
            "es",
            "de que la no a y el en me lo es un te se mi los con por para una si las ya como pero más mas todo "
            + "yo del al tu su está esta eso muy cuando bien hoy qué nos o quiero soy día dia porque este sin hay "
            + "ser le ni vida q mejor hacer siempre estoy tengo nada solo va son ha sé fue así gracias gente he "
            + "todos ver amor donde nunca bueno ahora era cada alguien tiene buen uno hasta desde quien sobre "
            + "otra otro mañana manana noche aqui asi voy puede tan sus mis ir ese algo dios tus han estar entre "
            + "favor mucho cosas anos dias"),
        // Hindi as it is typed in Latin letters.
        (
            "hi",
            "hai ke ki ka ko se me mein nahi ho kya bhi aur toh hi ye bhai koi kuch raha rahe rahi hain tha thi "
            + "hua gaya gya kar karo kare karna sab apne apni mera meri mere tera teri jo wo woh phir ab aap tum "
            + "hum kyu kyun yaar accha acha sahi abhi liye liya diya ji baat log bahut bohot itna aisa kaise kab "
            + "jab tak pe par bas ek hota hoga kisi unke uske iske iss us nhi tera tujhe mujhe wala wale dekh "
            + "sirf din khud rha rhe ne bol kaun kon jaise waise yeh vo lag gaye gayi aaj kal desh hamare aapko "
            + "logo krna hoti dil pyar dost"),
        (
            "nl",
            "de ik het een en is niet dat in je van op te wat met die voor maar zijn er ook nog heb aan als dan "
            + "wel bij nu naar of zo was hij mijn ben jij om dit hebben kan weer we gaan geen deze moet uit goed "
            + "meer heeft over door mij echt gewoon haar altijd morgen vandaag mensen waar veel iets zou niks nee "
            + "worden omdat toch"),
        (
            "sv",
            "att och i det jag som en på pa är ar inte av för for har du med den till om ett men så sa vi kan "
            + "de mig nu när nar var han man ska från fran bara alla ut upp vad hur här bra idag eller min dig "
            + "mycket också vill måste kommer något blir mer lite efter dom sig ju nog inget igen aldrig"),
        (
            "da",
            "og i det at jeg er en på pa ikke til af der som med den for har du de men vi så sa et kan om nu "
            + "var han mig skal hvad lige også være fra hvor når meget bare dig godt nok alle hun eller noget "
            + "blev efter hvis min sig vil op ud selv mere kun altid aldrig igen tak"),
        (
            "no",
            "og i det er jeg på pa ikke en til som av med for har du den de men vi så sa et kan om nå na var "
            + "han meg skal hva også være fra hvor når nar mye bare deg bra nok alle hun eller noe ble etter hvis "
            + "min seg vil opp ut selv mer aldri igjen takk"),
        (
            "fi",
            "ja on ei se että etta en niin mutta ole mitä mita kun oli nyt jos kuin olen mina minä sitä sita "
            + "tai vain kyllä kylla tämä tama voi sen ne hän han saa ovat myös myos mun sun hyvä hyva vielä viela "
            + "aina joka mulla pitää taas tänään paljon koko"),
        (
            "pl",
            "nie w i na to się sie z do że ze jest co jak a mi ja za już juz tak ale po od mam czy tylko ma o "
            + "dla jestem dzisiaj bo ty mnie jego przez tego być byc nic było bylo teraz kiedy bardzo może sobie "
            + "ci są jeszcze gdzie przy ktory moze"),
        (
            "cs",
            "a se v na je to že ze si jsem s co o do i za ale tak jak pro by už uz mi kdyz když ne jsou po jako "
            + "bych jen když jeste ještě nebo od má ma mám mam bylo byl tady dnes vse tam taky jeho není není "
            + "proc proč"),
        (
            "tr",
            "bir ve bu da de ne ben çok cok için icin o ama mi en var gibi sen daha kadar yok ya her olan diye "
            + "ki şey sey bana beni iyi ile sonra değil degil olarak nasıl zaman oldu şimdi bugün bugun güzel "
            + "guzel seni benim bile olsun kim insan yeni hep artık hiç hic böyle"),
        (
            "id",
            "yang di dan aku ini itu ga yg ada tidak untuk dengan dari ya kamu lagi kalo bisa mau udah apa gak "
            + "saya sama aja jadi akan banget orang juga kita ke pada karena hari terus dia jangan lebih sudah "
            + "belum gue lu nya semua atau seperti buat tak nak dalam sekali"),
        (
            "ro",
            "de si și nu in în cu la o pe mai ca sa să un este din ce am e pentru care ai dar va asta fi au cum "
            + "ma mă te sunt daca dacă era tot doar fost bine fara acum mea meu foarte cand când imi"),
        (
            "hu",
            "a az hogy nem is és es egy van meg de ez ha csak mert mar már olyan mint vagy volt most itt nagyon "
            + "kell le el minden en én azt lesz még jo jó ki mi ezt aki fel"),
    ];

    /// <summary>Endings of words, folded, and whose they are.</summary>
    public static readonly (string Languages, string Endings)[] Endings =
    [
        ("en", "ing ght uld ness tion ed ly ck wn oo ther ful ess ever hing"),
        ("fr", "ait ais eux aux eur ette ont ez ois ique ement age ire euse"),
        ("de", "ung ich cht sch ein lich keit eit ern ten ge sst nde en er ig isch chen cher ert eln tz ss ft lt rt "
            + "pt el aus auf"),
        ("it", "zione ato ata ere are gli cchi tto tta isce ssimo ggio ello ella iamo ano zza"),
        ("pt", "cao coes dade inho inha ndo ou eiro eira mos agem vel oes ei"),
        ("es", "cion dad ando iendo ito ita amos ero era idad mente ado ido es os ue"),
        ("nl", "ijk aan oen eer ijn aar oek ouw eft"),
        ("fi", "ssa lla sta aan ksi nen een"),
        ("pl", "ego ych cie rze owa"),
        ("tr", "lar ler yor mis dan den lik"),
        ("id", "kan nya ang"),
    ];

    /// <summary>Letters that few languages have, and whose they are.</summary>
    public static readonly (string Languages, string Letters)[] Letters =
    [
        ("es", "ñ¿¡"), ("pt", "ãõ"), ("de", "ß"), ("fr", "œ"), ("de sv fi tr hu", "ö"), ("de sv fi", "ä"),
        ("de tr hu", "ü"),
        ("sv da no", "å"), ("da no", "øæ"), ("pl", "łżśąęń"), ("cs", "řěů"), ("tr", "ğşı"), ("hu", "őű"), ("ro", "ățș"),
        ("fr pt", "êâ"), ("fr pt tr", "ç"), ("fr it", "èù"), ("it", "ìò"), ("fr", "ëîûï"), ("es pt", "íóú"),
        ("es pt hu", "á"),
        ("pt", "ô"), ("cs pl", "čšž"),
    ];
}
