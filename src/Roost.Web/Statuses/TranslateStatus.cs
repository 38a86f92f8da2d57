using System.Globalization;
using Roost.Services.Posts;
using Roost.Services.Timelines;
using Roost.Services.Translation;
using Roost.Services.Users;
using Roost.Web.Http;
using Roost.Web.Rendering;

namespace Roost.Web.Statuses;

/// <summary>A Translation of the client API.</summary>
internal sealed record TranslationReply(
    string Content, string SpoilerText, string Language, string DetectedSourceLanguage, string Provider,
    TranslatedPoll? Poll, IReadOnlyList<TranslatedMedia> MediaAttachments);

internal sealed record TranslatedPoll(string Id, IReadOnlyList<TranslatedOption> Options);

internal sealed record TranslatedOption(string Title);

internal sealed record TranslatedMedia(string Id, string Description);

/// <summary>
/// <c>POST /api/v1/statuses/:id/translate</c>: of posts that everybody may see only, since others' words are nothing
/// for a translator's ears. Into <c>lang</c>, or the reader's language, or the community's.
/// </summary>
internal static class TranslateStatus
{
    public static void Map(ApiRoutes routes) =>
        routes.Post("/api/v1/statuses/{id}/translate", Access.User("read:statuses"), RunAsync);

    private static async Task RunAsync(ApiCall call)
    {
        var parameters = await call.ReadParametersAsync();
        var entry = await StatusReply.FindAsync(call, StatusReply.RefOf(call.PostIdInPath()))
            ?? throw Faults.NotFound();
        entry = entry.Boosted ?? entry;
        if (!call.Services.Translation.IsOn) throw Faults.NotFound();
        if (entry.Post.Visibility.IsRestricted()) throw Faults.NotAllowed();
        var to = parameters.Text("lang") is { Length: > 0 } asked ? asked : await LanguageAsync(call);
        await call.ReplyAsync(await TranslateAsync(call, entry, to), WebJson.Default.TranslationReply);
    }

    private static async ValueTask<string> LanguageAsync(ApiCall call)
    {
        var me = (await call.Services.Users.Get(new GetAccounts([call.Viewer]), call.Rpc))[0];
        return me?.Profile.Posting.Language ?? call.Site.Options.Community.Languages[0];
    }

    private static async ValueTask<TranslationReply> TranslateAsync(ApiCall call, TimelineEntry entry, string to)
    {
        var post = entry.Post;
        // Only what has words is sent.
        var texts = new List<string>();
        int Add(string? text)
        {
            if (string.IsNullOrWhiteSpace(text)) return -1;
            texts.Add(text);
            return texts.Count - 1;
        }
        var (content, spoiler) = (Add(post.Text), Add(post.SpoilerText));
        int[] options = [.. (post.Poll?.Options ?? []).Select(Add)];
        int[] media = [.. post.Media.Select(item => Add(item.Description))];

        var translated = texts.Count == 0
            ? new TranslatedTexts([], post.Language ?? to, "")
            : await call.Services.Translation.Translate(new TranslateTexts(texts, post.Language, to), call.Rpc);
        string Of(int index) => index < 0 ? "" : translated.Texts[index];
        return new TranslationReply(
            PostHtml.Render(Of(content), entry.Mentions, call.Site.Options), Of(spoiler), to, translated.From,
            translated.Provider,
            post.Poll is null
                ? null
                : new TranslatedPoll(
                    post.Id.ToString(), [.. options.Select(option => new TranslatedOption(Of(option)))]),
            [
                .. post.Media.Select((item, i) => new TranslatedMedia(
                    item.Id.ToString(CultureInfo.InvariantCulture), Of(media[i]))),
            ]);
    }
}
