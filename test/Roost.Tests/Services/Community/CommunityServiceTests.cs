using Roost.Cli;
using Roost.Engine.Ids;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Tests.Check;
using Roost.Tests.Services.Media;
using SkiaSharp;
using Xunit;

namespace Roost.Tests.Services.Community;

public sealed class CommunityServiceTests : IAsyncLifetime
{
    private SampleData _data = null!;

    private static Call Call => Call.Until(TestContext.Current.CancellationToken);

    public async ValueTask InitializeAsync() => _data = await SampleData.MakeAsync();

    public ValueTask DisposeAsync() => _data.DisposeAsync();

    [Fact]
    public async Task Emojis_are_added_and_removed_by_the_command_line_and_found_in_texts()
    {
        var file = Path.GetTempFileName();
        var ct = TestContext.Current.CancellationToken;
        await File.WriteAllBytesAsync(file, Pictures.TwoHalves(300, 300, SKEncodedImageFormat.Png), ct);
        using var output = new StringWriter();
        var talk = new LocalTalk(PasswordPrompt.OfConsole(output));
        try
        {
            await using (var data = CommandData.Open(_data.Path))
            {
                var session = new CommandSession(data, talk, output);
                await CommunityCommands.AddEmojiAsync(session, "blob_cat", file, "cats", ct);
                await Assert.ThrowsAsync<ServiceException>(
                    () => CommunityCommands.AddEmojiAsync(session, "blob_cat", file, null, ct));
                await Assert.ThrowsAsync<ServiceException>(
                    () => CommunityCommands.AddEmojiAsync(session, "no good", file, null, ct));
            }
        }
        finally
        {
            File.Delete(file);
        }
        await using (var node = await _data.OpenAsync())
        {
            var emoji = Assert.Single(node.Community.Emojis.Now.All);
            Assert.Equal(("blob_cat", "cats", ".png"), (emoji.Shortcode, emoji.Category, emoji.Extension));
            Assert.NotNull(await node.Media.Find(new(emoji.FileKey, Small: false), Call));
            Assert.Equal([emoji], node.Community.Emojis.Now.In("a :blob_cat: and :blob_cat:", ":nothing:"));
            Assert.Equal([emoji], node.Community.Emojis.Now.In("12:30:blob_cat:"));
            Assert.Empty(node.Community.Emojis.Now.In(":blob", "cat:", "::", ""));
        }
        await using var closed = CommandData.Open(_data.Path);
        var last = new CommandSession(closed, talk, output);
        await CommunityCommands.RemoveEmojiAsync(last, ":blob_cat:", ct);
        await Assert.ThrowsAsync<ServiceException>(() => CommunityCommands.RemoveEmojiAsync(last, "blob_cat", ct));
    }

    [Fact]
    public async Task Announcements_end_are_dismissed_and_reacted_to_and_survive_a_restart()
    {
        await using (var node = await _data.OpenAsync())
        {
            var past = DateTimeOffset.UnixEpoch;
            await node.Community.AddAnnouncement(new AddAnnouncement("over", past, past.AddDays(1)), Call);
            var now = await node.Community.AddAnnouncement(new AddAnnouncement("now"), Call);
            Assert.True(await node.Community.React(new ReactToAnnouncement(new(1), now.Id, "🚀", true), Call));
            Assert.True(await node.Community.React(new ReactToAnnouncement(new(2), now.Id, "🚀", true), Call));
            Assert.True(await node.Community.Dismiss(new DismissAnnouncement(new(1), now.Id), Call));
            Assert.False(await node.Community.Dismiss(new DismissAnnouncement(new(1), 99), Call));
            foreach (var wrong in (string[])["x", "hello", "", "🚀🚀", ":blob:"])
            {
                await Assert.ThrowsAsync<ServiceException>(async () =>
                    await node.Community.React(new ReactToAnnouncement(new(1), now.Id, wrong, true), Call));
            }
        }
        await using var again = await _data.OpenAsync();

        var ann = Assert.Single(await again.Community.Announcements(new GetAnnouncements(new(1)), Call));
        var cyd = Assert.Single(await again.Community.Announcements(new GetAnnouncements(new(3)), Call));

        Assert.Equal(("now", true, false), (ann.Text, ann.IsRead, cyd.IsRead));
        Assert.Equal(new Reaction("🚀", 2, true), Assert.Single(ann.Reactions));
        Assert.Equal(new Reaction("🚀", 2, false), Assert.Single(cyd.Reactions));
        Assert.Equal(2, (await again.Community.Announcements(new GetAnnouncements(default, All: true), Call)).Count);
    }

    [Fact]
    public async Task A_removal_that_was_cut_off_is_gone_on_with_after_the_next_start()
    {
        using var output = new StringWriter();
        var ct = TestContext.Current.CancellationToken;
        await using (var data = CommandData.Open(_data.Path))
        {
            var session = new CommandSession(data, new LocalTalk(PasswordPrompt.OfConsole(output)), output);
            var refusal = await Assert.ThrowsAsync<ServiceException>(
                () => AccountRemoval.RunAsync(session, "ann", yes: false, ct));
            Assert.Contains("--yes", refusal.Message, StringComparison.Ordinal);

            await AccountRemoval.RunAsync(session, "ann", yes: true, ct);
        }

        await using var node = await _data.OpenAsync();
        Assert.Null((await node.Users.Find(new(["ann"]), Call))[0]);
        var counts = await node.Graph.Counts(new([new AccountId(1)]), Call);
        Assert.Equal((0, 0), (counts[0].Followers, counts[0].Following));
        Assert.Equal(0, (await node.Posts.Counts(new([new AccountId(1)]), Call))[0].Posts);
    }

    [Fact]
    public void What_a_community_says_of_itself_is_read_from_its_file()
    {
        var directory = Directory.CreateTempSubdirectory("roost-test-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(directory, CommunityFile.Name), """
                { // as people write it
                  "title": "Nest", "registrations": "approval",
                  "rules": [{ "text": "Be kind" }, { "text": "No spam", "hint": "None" }],
                  "terms_of_service": [{ "effective_date": "2026-01-01", "text": "Behave." }],
                }
                """);
            var web = CommunityFile.Read(null, directory).ApplyTo(new() { PublicUrl = new Uri("http://nest.example") });

            Assert.Equal(("Nest", Roost.Web.Registrations.Approval), (web.Title, web.Registrations));
            Assert.Equal(["", "None"], web.Community.Rules.Select(rule => rule.Hint ?? ""));
            Assert.Equal(new DateOnly(2026, 1, 1), web.Community.TermsOfService[0].EffectiveDate);

            File.WriteAllText(Path.Combine(directory, CommunityFile.Name), "{ \"tilte\": \"Nest\" }");
            var refusal = Assert.Throws<ServiceException>(() => CommunityFile.Read(null, directory));
            Assert.Contains("'tilte' is nothing", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("terms_of_service, thumbnail, title", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }
}
