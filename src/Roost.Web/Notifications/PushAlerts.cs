using System.Text;
using System.Text.Json;
using Roost.Services.Notifications;
using Roost.Services.WebPush;
using Roost.Web.Http;
using Roost.Web.Pages.Languages;
using Roost.Web.Rendering;

namespace Roost.Web.Notifications;

/// <summary>What a push message says. An app finds out by the token whose it is, and may fetch the rest.</summary>
internal sealed record PushAlert(
    string AccessToken, string PreferredLocale, long NotificationId, string NotificationType, string Icon, string Title,
    string Body);

/// <summary>Makes push messages of notifications.</summary>
internal static class PushAlerts
{
    /// <summary>Runes: a message has four kilobytes for everything.</summary>
    private const int BodyLengthMax = 140;
    private const int NameLengthMax = 60;

    /// <summary>From now on.</summary>
    public static void Attach(WebPushApi webPush, WebOptions options)
    {
        var subject = options.ContactEmail.Length > 0 ? "mailto:" + options.ContactEmail : options.Root;
        webPush.Attach(
            (view, token, language) => Present(options, view, token, Language.Of(language, "")), subject);
    }

    private static byte[] Present(WebOptions options, NoticeView view, string token, Language language)
    {
        var sender = view.Sender.Account;
        var name = Shortened(sender.DisplayName.Length > 0 ? sender.DisplayName : sender.Username, NameLengthMax);
        var alert = new PushAlert(
            token, language.Code, view.Notice.Id, NoticeQuery.NameOf(view.Notice.Kind),
            AccountRenderer.AvatarOf(sender, options), TitleOf(view.Notice, name, language), BodyOf(view));
        return JsonSerializer.SerializeToUtf8Bytes(alert, WebJson.Default.PushAlert);
    }

    private static string TitleOf(Notice notice, string name, Language language)
    {
        return notice.Kind switch
        {
            NoticeKind.Mention => T("{0} mentioned you"),
            NoticeKind.Favourite => T("{0} favourited your post"),
            NoticeKind.Boost => T("{0} boosted your post"),
            NoticeKind.Post => T("{0} has posted"),
            NoticeKind.Edit => T("{0} edited a post"),
            NoticeKind.Poll => T("A poll by {0} has ended"),
            NoticeKind.Quote => T("{0} quoted your post"),
            NoticeKind.QuotedEdit => T("{0} edited a post that you quoted"),
            NoticeKind.Warning => language.Text(WarningWords.Of(notice.Warning!.Action)),
            NoticeKind.Follow => T("{0} follows you"),
            NoticeKind.FollowRequest => T("{0} asks to follow you"),
            NoticeKind.SignUp => T("{0} signed up"),
            NoticeKind.Report => T("{0} reported somebody"),
            _ => name,
        };

        string T(string english) => language.Text(english, name);
    }

    /// <summary>A content warning is all that is told of what it hides.</summary>
    private static string BodyOf(NoticeView view)
    {
        if (view.Notice.Warning is { } warning)
            return Shortened(warning.Text, BodyLengthMax);
        if (view.Entry is not { } entry)
            return Shortened(view.Sender.Account.Note, BodyLengthMax);
        var post = (entry.Boosted ?? entry).Post;
        return Shortened(post.SpoilerText.Length > 0 ? post.SpoilerText : post.Text, BodyLengthMax);
    }

    private static string Shortened(string text, int lengthMax)
    {
        var short_ = new StringBuilder();
        var count = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            if (count++ == lengthMax)
                return short_.Append('…').ToString();
            short_.Append(rune.ToString());
        }
        return short_.ToString();
    }
}
