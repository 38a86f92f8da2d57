using Roost.Cluster.Tests.Crash;
using Xunit;

namespace Roost.Cluster.Tests.Clients;

/// <summary>Clients that other people wrote, against the real process.</summary>
public sealed class OtherClientsTests(ITestOutputHelper output)
{
    [Fact(Timeout = 120 * 1_000)]
    public async Task The_library_masto_does_what_apps_do()
    {
        var ct = TestContext.Current.CancellationToken;
        using var scratch = new Scratch();
        await using var roost = await RoostProcess.UpAsync(scratch.Data, ct);

        await ClientScript.NodeAsync("masto.mjs", output, ct, UrlOf(roost));
    }

    /// <summary>Half a minute on an idle machine, as the next.</summary>
    [Fact(Timeout = 300 * 1_000)]
    public Task The_library_Mastodon_py_does_what_scripts_and_moderators_do() =>
        ScriptAsync("mastodonpy.py", "/usr/lib/python3/dist-packages/mastodon", TestContext.Current.CancellationToken);

    [Fact(Timeout = 300 * 1_000)]
    public Task The_command_line_client_toot_does_what_it_can() =>
        ScriptAsync("toot.py", "/usr/bin/toot", TestContext.Current.CancellationToken);

    [Fact(Timeout = 120 * 1_000)]
    public Task A_client_of_another_origin_signs_in_by_OAuth_in_a_browser() =>
        BrowseAsync("oauth.mjs", TestContext.Current.CancellationToken);

    /// <summary>Minutes where much else runs at the same time; one on an idle machine.</summary>
    [Fact(Timeout = 900 * 1_000)]
    public Task People_use_the_pages_in_a_browser_on_a_phone_and_on_a_desktop() =>
        BrowseAsync("pages.mjs", TestContext.Current.CancellationToken);

    private async Task BrowseAsync(string script, CancellationToken ct)
    {
        var browser = ClientScript.Find("chromium") ?? ClientScript.Find("google-chrome");
        Assert.SkipWhen(browser is null, $"Chromium is not installed: {script} does not run.");
        using var scratch = new Scratch();
        await using var roost = await RoostProcess.UpAsync(scratch.Data, ct);

        await ClientScript.NodeAsync(script, output, ct, UrlOf(roost), browser!);
    }

    private async Task ScriptAsync(string script, string needed, CancellationToken ct)
    {
        using var scratch = new Scratch();
        await using var roost = await RoostProcess.UpAsync(scratch.Data, ct);

        await ClientScript.PythonAsync(script, needed, output, ct, UrlOf(roost));
    }

    private static string UrlOf(RoostProcess roost) => roost.Url.GetLeftPart(UriPartial.Authority);
}
