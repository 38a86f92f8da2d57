using Roost.Engine.Text;
using Xunit;

namespace Roost.Tests.Engine.Text;

public sealed class LinksTests
{
    [Theory]
    [InlineData("see https://Example.COM/Path/?utm_source=x&a=1#top.", "https://example.com/Path?a=1")]
    [InlineData("http://example.com/ http://example.com", "http://example.com")]
    [InlineData("https://example.com?q=1", "https://example.com?q=1")]
    [InlineData("nothing here", "")]
    public void Links_are_written_alike(string text, string links) =>
        Assert.Equal(links, string.Join(' ', Links.Of(text)));

    [Fact]
    public void Hashtags_are_told_once_whatever_their_case() =>
        Assert.Equal(["Roost", "東京"], Hashtags.Of("#Roost #roost a#b #東京 #1"));
}
