using System.CommandLine;
using System.Globalization;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Services.Media;
using Roost.Services.Users;

namespace Roost.Cli;

/// <summary><c>roost emojis</c> and <c>roost announcements</c>: what a community shows to
/// all.</summary>
internal static class CommunityCommands
{
    public static Command Emojis()
    {
        var code = new Argument<string>("SHORTCODE") { Description = "What people write between colons." };
        var file = new Argument<string>("FILE") { Description = "A JPEG, PNG, WebP or GIF picture." };
        var category = new Option<string?>("--category") { Description = "Where clients list it.", HelpName = "NAME" };
        var add = new Command("add", "Add an emoji. Example: roost emojis add blobcat blobcat.png")
        {
            code, file, category,
        };
        var list = new Command("list", "Name every emoji. Example: roost emojis list");
        var removed = new Argument<string>("SHORTCODE");
        var remove = new Command("remove", "Remove an emoji. Example: roost emojis remove blobcat") { removed };
        add.RunOnData((parsed, session, ct) => AddEmojiAsync(
            session, parsed.GetRequiredValue(code), parsed.GetRequiredValue(file), parsed.GetValue(category), ct));
        list.RunOnData((_, session, _) => ListEmojisAsync(session));
        remove.RunOnData((parsed, session, ct) => RemoveEmojiAsync(session, parsed.GetRequiredValue(removed), ct));
        return new Command("emojis", "Look after the pictures that people write by a name.") { add, list, remove };
    }

    public static Command Announcements()
    {
        var text = new Argument<string>("TEXT") { Description = "What to tell everybody; plain text." };
        var ends = new Option<DateTimeOffset?>("--ends") { Description = "Until when.", HelpName = "TIME" };
        var add = new Command("add", "Tell everybody something. Example: roost announcements add 'Down on Sunday.'")
        {
            text, ends,
        };
        var list = new Command("list", "Show every announcement. Example: roost announcements list");
        var id = new Argument<long>("ID");
        var remove = new Command("remove", "Remove an announcement. Example: roost announcements remove 1") { id };
        add.RunOnData(async (parsed, session, ct) =>
        {
            var added = await session.Data.Community.AddAnnouncement(
                new AddAnnouncement(parsed.GetRequiredValue(text), EndsAt: parsed.GetValue(ends)), Call.Until(ct));
            await session.NoteAsync("create announcement", $"{added.Id}", ct);
            await session.Output.WriteLineAsync($"This is announcement {added.Id}.");
        });
        list.RunOnData(async (_, session, ct) =>
        {
            var all = await session.Data.Community.Announcements(
                new GetAnnouncements(default, All: true), Call.Until(ct));
            foreach (var one in all)
                await session.Output.WriteLineAsync($"{one.Id,6}  {one.PublishedAt:yyyy-MM-dd}  {one.Text}");
        });
        remove.RunOnData(async (parsed, session, ct) =>
        {
            var number = parsed.GetRequiredValue(id);
            if (!await session.Data.Community.RemoveAnnouncement(new RemoveAnnouncement(number), Call.Until(ct)))
                throw Refusal($"There is no announcement {number}.");
            await session.NoteAsync("delete announcement", $"{number}", ct);
            await session.Output.WriteLineAsync($"Announcement {number} is removed.");
        });
        return new Command("announcements", "Tell everybody something.") { add, list, remove };
    }

    /// <summary><c>roost accounts log</c>: what those who look after the community have done.</summary>
    public static Command Log()
    {
        var log = new Command(
            "log", "Show what those who look after the community have done, newest first. Example: roost accounts log");
        log.RunOnData(async (_, session, ct) =>
        {
            var actions = await session.Data.Community.Actions(new ListActions(Limit: 1_000), Call.Until(ct));
            AccountId[] ids = [.. actions.Select(one => one.Account).Where(id => !id.IsNone).Distinct()];
            var accounts = await session.Data.Moderation.Look(new LookAtAccounts(ids), Call.Until(ct));
            var names = ids.Zip(accounts).ToDictionary(one => one.First, one => one.Second?.Account.Username);
            foreach (var one in actions)
            {
                var who = one.Account.IsNone ? "(command line)" : names[one.Account] ?? $"account {one.Account}";
                await session.Output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{one.At:yyyy-MM-dd HH:mm}  {who,-16}  {one.Action,-28}  {one.Target}"));
            }
        });
        return log;
    }

    internal static async Task AddEmojiAsync(
        CommandSession session, string code, string file, string? category, CancellationToken ct)
    {
        var data = session.Data;
        var content = await session.Talk.ReadFileAsync(file, ct);
        var item = await data.Media.Upload(
            new UploadMedia(default, MediaPurpose.Emoji, content), Call.Until(ct));
        try
        {
            await data.Community.AddEmoji(
                new AddEmoji(new CustomEmoji(
                    code, category, item.FileKey, item.Original.Extension, item.Small.Extension, item.Id)),
                Call.Until(ct));
        }
        catch (ServiceException)
        {
            await data.Media.Delete(new DeleteMedia(default, item.Id, OfProfile: true), Call.Until(ct));
            throw;
        }
        await session.NoteAsync("create emoji", $":{code}:", ct);
        await session.Output.WriteLineAsync($"People can write :{code}: now.");
    }

    internal static async Task ListEmojisAsync(CommandSession session)
    {
        foreach (var emoji in session.Data.Community.Emojis.Now.All)
        {
            var category = emoji.Category is { } name ? $"  {name}" : "";
            await session.Output.WriteLineAsync($":{emoji.Shortcode}:{category}");
        }
    }

    internal static async Task RemoveEmojiAsync(CommandSession session, string code, CancellationToken ct)
    {
        var data = session.Data;
        code = code.Trim(':');
        var emoji = await data.Community.RemoveEmoji(new RemoveEmoji(code), Call.Until(ct))
            ?? throw Refusal($"There is no emoji :{code}:.");
        await data.Media.Delete(new DeleteMedia(default, emoji.MediaId, OfProfile: true), Call.Until(ct));
        await session.NoteAsync("delete emoji", $":{code}:", ct);
        await session.Output.WriteLineAsync($":{code}: is removed.");
    }

    private static ServiceException Refusal(string message) => new(ErrorCode.Invalid, message);
}
