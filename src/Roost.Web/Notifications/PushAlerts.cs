using System.Text;
using System.Text.Json;
using Roost.Services.Notifications;
using Roost.Web.Http;
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
    public static void Attach(Site site)
    {
        var options = site.Options;
        var subject = options.ContactEmail.Length > 0 ? "mailto:" + options.ContactEmail : options.Root;
        site.Services.WebPush.Attach((view, token) => Present(site, view, token), subject);
    }

    private static byte[] Present(Site site, NoticeView view, string token)
    {
        var sender = view.Sender.Account;
        var name = Shortened(sender.DisplayName.Length > 0 ? sender.DisplayName : sender.Username, NameLengthMax);
        var alert = new PushAlert(
            token, "en", view.Notice.Id, NoticeQuery.NameOf(view.Notice.Kind),
            AccountRenderer.AvatarOf(sender, site.Options), TitleOf(view.Notice, name), BodyOf(view));
        return JsonSerializer.SerializeToUtf8Bytes(alert, WebJson.Default.PushAlert);
    }

    private static string TitleOf(Notice notice, string name) => notice.Kind switch
    {
        NoticeKind.Mention => $"{name} mentioned you",
        NoticeKind.Favourite => $"{name} favourited your post",
        NoticeKind.Boost => $"{name} boosted your post",
        NoticeKind.Post => $"{name} has posted",
        NoticeKind.Edit => $"{name} edited a post",
        NoticeKind.Poll => $"A poll by {name} has ended",
        NoticeKind.Quote => $"{name} quoted your post",
        NoticeKind.QuotedEdit => $"{name} edited a post that you quoted",
        NoticeKind.Warning => WarningWords.Of(notice.Warning!.Action),
        NoticeKind.Follow => $"{name} follows you",
        NoticeKind.FollowRequest => $"{name} asks to follow you",
        NoticeKind.SignUp => $"{name} signed up",
        NoticeKind.Report => $"{name} reported somebody",
        _ => name,
    };

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
