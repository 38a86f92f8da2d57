using System.Text;
using System.Text.Json;
using Roost.Engine.Ids;
using Roost.Services.Cards;
using Roost.Services.Community;
using Roost.Services.Media;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Http;
using Roost.Web.Rendering;
using Xunit;

namespace Roost.Tests.Web;

public sealed class PostRendererTests
{
    private const int Cases = 3_000;

    private static readonly WebOptions _options = new() { PublicUrl = new Uri("https://roost.example") };

    [Fact]
    public void Bytes_are_those_of_a_serializer()
    {
        var random = SpecialTexts.NewRandom();
        var renderer = new PostRenderer(_options);
        EmojiSet owl = new([new CustomEmoji("owl", null, "key", ".png", ".png", 1)]);

        for (var i = 0; i < Cases; i++)
        {
            var post = NextPost(random);
            Account[] mentions = [.. Names().Where(_ => random.Next(2) == 0)];
            var quoted = post.Quoted.Seq != 0 && random.Next(2) == 0 ? Account(7, "carol") : null;
            var card = random.Next(4) == 0 ? NextCard(random) : null;
            var emojis = random.Next(2) == 0 ? owl : EmojiSet.Empty;
            using var expected = new Utf8Buffer();
            PlainPostJson.Write(expected, post, Account(1, "alice"), mentions, quoted, card, emojis, _options);
            using var actual = new Utf8Buffer(16);
            renderer.Write(actual, LentPost.Of(post), Account(1, "alice"), mentions, quoted, card, emojis);

            Assert.Equal(Encoding.UTF8.GetString(expected.Written), Encoding.UTF8.GetString(actual.Written));
        }
    }

    [Fact]
    public void Strings_are_escaped_as_by_a_serializer()
    {
        var random = SpecialTexts.NewRandom();
        for (var i = 0; i < Cases; i++)
        {
            var text = string.Create(
                random.Next(600), random,
                static (span, random) =>
                {
                    var bound = random.Next(3) switch { 0 => 0x80, 1 => 0x800, _ => 0x1_0000 };
                    for (var at = 0; at < span.Length; at++)
                        span[at] = (char)(random.Next(3) == 0 ? random.Next(bound) : random.Next('a', 'z'));
                });
            using var expected = new Utf8Buffer();
            using (var json = new Utf8JsonWriter(expected, JsonReplies.WriterOptions)) json.WriteStringValue(text);
            using var actual = new Utf8Buffer(16);
            actual.WriteString(text);

            Assert.Equal(Encoding.UTF8.GetString(expected.Written), Encoding.UTF8.GetString(actual.Written));
        }
    }

    [Fact]
    public void What_words_alone_cost_does_not_grow_with_them()
    {
        // What holds a pooled buffer, and what code boxes that is not compiled for good yet.
        const int SomeBytes = 512;
        var renderer = new PostRenderer(_options);
        var author = Account(1, "alice");
        var words = string.Concat(Enumerable.Repeat("words, alone, in Überlingen ", 100));
        using var buffer = new Utf8Buffer();

        var allocated = Allocations.Least(() =>
        {
            buffer.Truncate(0);
            var post = new LentPost
            {
                Ref = new PostRef(new PostId(9), 5, PostKind.Post, author.Id, default),
                At = FakeNetwork.Start,
                Visibility = Visibility.Public,
                Text = words,
                SpoilerText = default,
            };
            renderer.Write(buffer, post, author, [], null, null, EmojiSet.Empty);
        });

        Assert.InRange(allocated, 0, SomeBytes);
    }

    private static Post NextPost(Random random)
    {
        var isBoost = random.Next(8) == 0;
        var kind = isBoost ? PostKind.Boost : PostKind.Post;
        var at = DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(4_102_444_800_000));
        return new Post(
            new PostRef(
                new PostId(random.NextInt64(1, long.MaxValue)), 5, kind, new AccountId(1),
                new AccountId(random.Next(3))),
            at, NextText(random), random.Next(2) == 0 ? "" : NextText(random), random.Next(2) == 0,
            (Visibility)random.Next(4), random.Next(2) == 0 ? null : "de", new PostId(random.Next(2)), default, [],
            random.Next(2) == 0 ? null : NextText(random) + "!", random.Next(4) == 0 ? at.AddSeconds(7) : null)
        {
            Quoted = random.Next(4) == 0
                ? new PostRef(new PostId(88), 2, PostKind.Post, new AccountId(7), default)
                : default,
            Extras = random.Next(4) == 0 ? new PostExtras { Media = [NextPicture(random)] } : null,
        };
    }

    private static string NextText(Random random) => SpecialTexts.Next(random);

    private static MediaItem NextPicture(Random random) => new(
        3, new AccountId(1), MediaPurpose.Attachment, MediaKind.Image, "key", new MediaSize("image/png", 30, 20, 9),
        new MediaSize("image/png", 3, 2, 4), "hash", NextText(random), 0.5, -0.5, IsUsed: true);

    private static Card NextCard(Random random) =>
        new("https://a.example/", NextText(random), NextText(random)) { AuthorName = NextText(random) };

    private static Account[] Names() => [Account(1, "alice"), Account(2, "bob")];

    private static Account Account(int id, string name) =>
        new(new AccountId(id), name, name, "", false, false, FakeNetwork.Start);
}
