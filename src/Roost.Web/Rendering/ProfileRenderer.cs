using System.Text.Json;
using Roost.Engine.Fragments;
using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Users;
using Roost.Web.Community;
using Roost.Web.Http;
using Roost.Web.Moderation;

namespace Roost.Web.Rendering;

/// <summary>
/// Writes what an account says of itself, of the Account entity, up to where counters follow: straight into bytes, as
/// <see cref="PostRenderer"/> does. Only emojis are serialised. Thread-safe.
/// </summary>
internal sealed class ProfileRenderer(WebOptions options)
{
    /// <summary>Of samples: what it begins with most times begin with.</summary>
    public static readonly DateTimeOffset SampleTime = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Where addresses of accounts begin, as a string of JSON does.</summary>
    private readonly byte[] _urlStart = JsonText.Start($"{options.Root}/@");
    private readonly byte[] _avatarUrl = JsonText.Whole(AccountRenderer.UsualUrl("avatar", options));
    private readonly byte[] _headerUrl = JsonText.Whole(AccountRenderer.UsualUrl("header", options));

    /// <summary>What most accounts have in common, for who keeps many.</summary>
    public static CommonBytes CommonOf(WebOptions options)
    {
        var renderer = new ProfileRenderer(options);
        var usual = new Account(new AccountId(1), "a", "A", "", false, false, SampleTime);
        var picture = new Picture(1, "a", ".jpg");
        using var samples = new Utf8Buffer(CommonBytes.LengthMax);
        renderer.Write(samples, usual, EmojiSet.Empty);
        renderer.Write(
            samples,
            usual with
            {
                Note = "a",
                Profile = new Profile
                {
                    Avatar = picture,
                    Header = picture,
                    Discoverable = true,
                    Fields = [new ProfileField("a", "https://a"), new ProfileField("b", "b")],
                },
            },
            EmojiSet.Empty);
        return new CommonBytes(samples.Written);
    }

    /// <summary>Allocates nothing for who has no picture, field or role. <b>Hot path</b>: where many write, few of
    /// them are kept.</summary>
    public void Write(Utf8Buffer to, Account account, EmojiSet emojis)
    {
        var profile = account.Profile;
        to.Write("{\"id\":\""u8);
        to.WriteNumber(account.Id.Value);
        to.Write("\",\"username\":"u8);
        to.WriteString(account.Username);
        to.Write(",\"acct\":"u8);
        to.WriteString(account.Username);
        to.Write(",\"display_name\":"u8);
        to.WriteString(account.DisplayName);
        to.Write(account.Locked ? ",\"locked\":true"u8 : ",\"locked\":false"u8);
        to.Write(account.Bot ? ",\"bot\":true"u8 : ",\"bot\":false"u8);
        to.Write(profile.Discoverable switch
        {
            null => ",\"discoverable\":null"u8,
            true => ",\"discoverable\":true"u8,
            false => ",\"discoverable\":false"u8,
        });
        to.Write(profile.Indexable ? ",\"indexable\":true"u8 : ",\"indexable\":false"u8);
        to.Write(",\"group\":false,\"created_at\":"u8);
        to.WriteTime(account.CreatedAt);
        to.Write(",\"note\":"u8);
        WriteNote(to, account.Note);
        to.Write(",\"url\":"u8);
        WriteUrl(to, account);
        to.Write(",\"uri\":"u8);
        WriteUrl(to, account);
        WritePictures(to, profile);
        to.Write(profile.HidesCollections ? ",\"hide_collections\":true"u8 : ",\"hide_collections\":false"u8);
        to.Write(profile.ShowsMedia ? ",\"show_media\":true"u8 : ",\"show_media\":false"u8);
        to.Write(profile.ShowsMediaReplies ? ",\"show_media_replies\":true"u8 : ",\"show_media_replies\":false"u8);
        to.Write(profile.ShowsFeatured ? ",\"show_featured\":true"u8 : ",\"show_featured\":false"u8);
        // Who may put the account into a collection: everybody, if it wants to be found.
        to.Write(profile.Discoverable is true
            ? ",\"feature_approval\":{\"automatic\":[\"public\"],\"manual\":[],\"current_user\":\"automatic\"}"u8
            : ",\"feature_approval\":{\"automatic\":[],\"manual\":[],\"current_user\":\"denied\"}"u8);
        to.Write(profile.Indexable ? ",\"noindex\":false"u8 : ",\"noindex\":true"u8);
        WriteFields(to, profile.Fields);
        WriteEmojis(to, account, emojis);
        WriteRoles(to, account.Role);
        if (account.IsSilenced) to.Write(",\"limited\":true"u8);
    }

    /// <summary>As <see cref="AccountRenderer.UrlOf(Account, WebOptions)"/>.</summary>
    private void WriteUrl(Utf8Buffer to, Account account)
    {
        to.Write(_urlStart);
        to.WriteEscaped(account.Username);
        to.Write("\""u8);
    }

    private void WriteNote(Utf8Buffer to, string note)
    {
        if (note.Length == 0)
        {
            to.Write("\"\""u8);
            return;
        }
        using var html = new CharBuffer(2 * note.Length);
        PostHtml.Write(html, note, [], options);
        to.WriteString(html.Written);
    }

    private void WritePictures(Utf8Buffer to, Profile profile)
    {
        to.Write(",\"avatar\":"u8);
        WritePictureUrl(to, profile.Avatar, _avatarUrl);
        to.Write(",\"avatar_static\":"u8);
        WritePictureUrl(to, profile.Avatar, _avatarUrl);
        to.Write(",\"avatar_description\":"u8);
        to.WriteString(profile.Avatar?.Description ?? "");
        to.Write(",\"header\":"u8);
        WritePictureUrl(to, profile.Header, _headerUrl);
        to.Write(",\"header_static\":"u8);
        WritePictureUrl(to, profile.Header, _headerUrl);
        to.Write(",\"header_description\":"u8);
        to.WriteString(profile.Header?.Description ?? "");
    }

    /// <param name="usual">What accounts without have.</param>
    private void WritePictureUrl(Utf8Buffer to, Picture? picture, byte[] usual)
    {
        if (picture is null) to.Write(usual);
        else to.WriteString(AccountRenderer.UrlOf(picture, options));
    }

    private void WriteFields(Utf8Buffer to, IReadOnlyList<ProfileField> fields)
    {
        to.Write(",\"fields\":["u8);
        for (var i = 0; i < fields.Count; i++)
        {
            to.Write(i == 0 ? "{\"name\":"u8 : ",{\"name\":"u8);
            to.WriteString(fields[i].Name);
            to.Write(",\"value\":"u8);
            to.WriteString(PostHtml.RenderLine(fields[i].Value, [], options));
            to.Write(",\"verified_at\":null}"u8);
        }
        to.Write("]"u8);
    }

    private void WriteEmojis(Utf8Buffer to, Account account, EmojiSet emojis)
    {
        if (emojis.All.Count == 0)
        {
            to.Write(",\"emojis\":[]"u8);
            return;
        }
        string[] texts =
        [
            account.DisplayName, account.Note,
            .. account.Profile.Fields.SelectMany(field => (string[])[field.Name, field.Value]),
        ];
        to.Write(","u8);
        using var json = new Utf8JsonWriter(to, JsonReplies.WriterOptions);
        EmojiReply.Write(json, emojis.In(texts), options);
    }

    private static void WriteRoles(Utf8Buffer to, AccountRole of)
    {
        if (of == AccountRole.User)
        {
            to.Write(",\"roles\":[]"u8);
            return;
        }
        var role = Role.Of(of);
        to.Write(",\"roles\":[{\"id\":"u8);
        to.WriteString(role.Id);
        to.Write(",\"name\":"u8);
        to.WriteString(role.Name);
        to.Write(",\"color\":"u8);
        to.WriteString(role.Color);
        to.Write("}]"u8);
    }
}
