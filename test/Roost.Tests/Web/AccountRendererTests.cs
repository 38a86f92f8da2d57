using System.Text;
using Roost.Engine.Ids;
using Roost.Services.Community;
using Roost.Services.Graph;
using Roost.Services.Posts;
using Roost.Services.Users;
using Roost.Web;
using Roost.Web.Rendering;
using Xunit;

namespace Roost.Tests.Web;

public sealed class AccountRendererTests
{
    private const int Cases = 3_000;
    private const string Counters =
        ",\"followers_count\":3,\"following_count\":1234,\"statuses_count\":0,\"last_status_at\":null";

    private static readonly WebOptions _options = new() { PublicUrl = new Uri("https://roost.example") };

    [Fact]
    public void Bytes_are_those_of_a_serializer_whether_they_were_kept_or_not()
    {
        var random = SpecialTexts.NewRandom();
        var emojis = new EmojiBook(new EmojiSet([new CustomEmoji("owl", null, "key", ".png", ".png", 1)]));
        AccountRenderer[] renderers =
        [
            new AccountRenderer(_options, 1 << 20), new AccountRenderer(_options, 1 << 20, emojis),
        ];

        for (var i = 0; i < Cases; i++)
        {
            var account = NextAccount(random, stamp: i + 1);
            var withEmojis = random.Next(2);
            using var expected = new Utf8Buffer();
            PlainAccountJson.Write(expected, account, withEmojis == 1 ? emojis.Now : EmojiSet.Empty, _options);
            using var actual = new Utf8Buffer(16);
            renderers[withEmojis].WriteOpen(actual, account, new FollowCounts(3, 1234), new AuthorCounts(0, null));
            using var again = new Utf8Buffer(16);
            renderers[withEmojis].WriteOpen(again, account, new FollowCounts(3, 1234), new AuthorCounts(0, null));

            Assert.Equal(Encoding.UTF8.GetString(expected.Written) + Counters, Encoding.UTF8.GetString(actual.Written));
            Assert.Equal(actual.ToArray(), again.ToArray());
        }
    }

    [Fact]
    public void What_is_not_kept_is_written_without_allocating_where_there_is_nothing_but_a_name()
    {
        var renderer = new AccountRenderer(_options, 1 << 20);
        var account = new Account(new AccountId(1), "alice", "Alice A.", "", false, false, FakeNetwork.Start);
        using var buffer = new Utf8Buffer();

        var allocated = Allocations.Least(() =>
        {
            buffer.Truncate(0);
            renderer.WriteOpen(buffer, account, new FollowCounts(3, 4), new AuthorCounts(5, null));
        });

        Assert.Equal(0, allocated);
    }

    private static Account NextAccount(Random random, long stamp) => new(
        new AccountId(random.Next(1, int.MaxValue)), "Alice_" + random.Next(9), SpecialTexts.Next(random),
        random.Next(2) == 0 ? "" : SpecialTexts.Next(random), random.Next(2) == 0, random.Next(2) == 0,
        DateTimeOffset.FromUnixTimeMilliseconds(random.NextInt64(4_102_444_800_000)))
    {
        Stamp = stamp,
        Role = (AccountRole)random.Next(4),
        IsSilenced = random.Next(2) == 0,
        Profile = random.Next(4) == 0 ? Profile.Empty : NextProfile(random),
    };

    private static Profile NextProfile(Random random) => new()
    {
        Avatar = NextPicture(random),
        Header = NextPicture(random),
        Fields =
        [
            .. Enumerable.Range(0, random.Next(Profile.FieldsMax + 1))
                .Select(_ => new ProfileField(SpecialTexts.Next(random), SpecialTexts.Next(random))),
        ],
        Discoverable = random.Next(3) switch { 0 => null, 1 => true, _ => false },
        Indexable = random.Next(2) == 0,
        HidesCollections = random.Next(2) == 0,
        ShowsMedia = random.Next(2) == 0,
        ShowsMediaReplies = random.Next(2) == 0,
        ShowsFeatured = random.Next(2) == 0,
    };

    private static Picture? NextPicture(Random random) =>
        random.Next(2) == 0 ? null : new Picture(7, $"key{random.Next(9)}", ".jpg", SpecialTexts.Next(random));
}
