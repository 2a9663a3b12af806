/* cap_words.h - what CAP says to people, in each language. Part of alarm/cap.c. */
#ifndef TOCSIN_ALARM_CAP_WORDS_H
#define TOCSIN_ALARM_CAP_WORDS_H

struct cap_words {
    const char *language, *event, *exercise, *test;
    const char *level[4];  /* headline, by enum alert_level */
    const char *ending[3]; /* cancel, ended, all-clear */
    const char *instruction, *limits;
};

static const struct cap_words cap_words[CAP_LANGUAGES] = {
    {"en-US",
     "Earthquake",
     "EXERCISE",
     "TEST",
     {"Earthquake", "Earthquake: light shaking possible", "Earthquake: shaking expected",
      "Earthquake: strong shaking"},
     {"Earthquake alert withdrawn", "Shaking has ended. This is not an all-clear", "All clear"},
     "Protect your head. Keep away from windows and whatever can fall.",
     "Measured at this site. It supplements official warnings and never replaces them."},
    {"zh-CN",
     "地震",
     "演习",
     "测试",
     {"地震", "地震：可能有轻微震动", "地震：预计有震动", "地震：强烈震动"},
     {"地震警报已撤销", "震动已停止，但警报尚未解除", "警报解除"},
     "保护头部，远离窗户和可能坠落的物品。",
     "由本场所测得，仅作官方预警的补充，不能代替官方预警。"},
    {"ja-JP",
     "地震",
     "訓練",
     "テスト",
     {"地震", "地震：弱い揺れの可能性", "地震：揺れに注意", "地震：強い揺れ"},
     {"地震の警報を取り消します", "揺れは収まりました。安全確認はまだです", "安全が確認されました"},
     "頭を守り、窓や落ちてくる物から離れてください。",
     "この場所で観測したものです。公的な警報を補うもので、代わりにはなりません。"},
    {"es-MX",
     "Sismo",
     "SIMULACRO",
     "PRUEBA",
     {"Sismo", "Sismo: posible movimiento ligero", "Sismo: se espera movimiento", "Sismo: movimiento fuerte"},
     {"Alerta sísmica retirada", "El movimiento terminó. Aún no se declara la zona segura", "Zona segura"},
     "Proteja su cabeza. Aléjese de ventanas y de lo que pueda caer.",
     "Medido en este sitio. Complementa los avisos oficiales y nunca los sustituye."},
};

#endif
