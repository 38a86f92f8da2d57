using Roost.Replay.Verifying;
using Xunit;

namespace Roost.Tests.Replay;

/// <summary>The model against timelines written by hand; a line is "author: text" or, for a boost, "author > author
/// of the boosted".</summary>
public sealed class HomeModelTests
{
    [Fact]
    public void A_home_has_own_posts_and_those_of_followees_newest_first() => Check(
        "ab", "aP bP cP aP", 'a', "a: post 4", "b: post 2", "a: post 1");

    [Fact]
    public void A_reply_is_seen_by_who_follows_both_by_its_author_and_by_the_one_answered()
    {
        const string follows = "ab ac db";
        const string activities = "cP bRc";

        Check(follows, activities, 'a', "b: @c reply 2", "c: post 1");
        Check(follows, activities, 'b', "b: @c reply 2");
        Check(follows, activities, 'c', "b: @c reply 2", "c: post 1");
        Check(follows, activities, 'd');
    }

    [Fact]
    public void A_reply_to_oneself_is_seen_by_all_followers() =>
        Check("ab", "bP bRb", 'a', "b: @b reply 2", "b: post 1");

    [Fact]
    public void A_mention_is_a_post_like_any_other()
    {
        Check("ab", "bMc", 'a', "b: @c mention 1");
        Check("ab", "bMc", 'c');
    }

    [Fact]
    public void A_boost_is_of_the_newest_own_post_up_to_then() => Check(
        "ab", "cP cP cBd bBc cP", 'a', "b > c: post 2");

    [Fact]
    public void Whoever_has_not_posted_gets_a_stand_in_once()
    {
        Check("ab", "bBc dBc", 'a', "b > c: Stands for a post by c that was not recorded, before 1.");
        Check("ac", "bBc dBc", 'a', "c: Stands for a post by c that was not recorded, before 1.");
    }

    [Fact]
    public void A_second_boost_of_the_same_post_must_have_been_of_another_one() => Check(
        "ac", "cP bBc bBc dBc", 'a', "c: Stands for a post by c that was not recorded, before 3.", "c: post 1");

    private static void Check(string follows, string activities, char reader, params string[] expected)
    {
        var network = Networks.Parse(4, follows, activities);
        var model = new HomeModel(network);

        var home = model.Home(reader - 'a').Select(i => model.Posts[i].Target >= 0
            && model.Posts[i].Kind == Roost.Replay.ActivityKind.Boost
            ? $"{Name(model.Posts[i].Author)} > {Name(model.Posts[i].Addressed)}: {model.TextOf(model.Posts[i].Target)}"
            : $"{Name(model.Posts[i].Author)}: {model.TextOf(i)}");

        Assert.Equal(expected, home);

        string Name(int account) => network.Usernames[account];
    }
}
