using System.Globalization;
using System.Net;
using System.Text.Json.Serialization.Metadata;
using Roost.Rpc;
using Roost.Services.Community;
using Roost.Web.Http;

namespace Roost.Web.Moderation;

/// <summary>
/// <c>/api/v1/admin/{domain_blocks,domain_allows,ip_blocks,email_domain_blocks,canonical_email_blocks}</c>: lists of
/// who and what is kept out, all in one shape.
/// </summary>
internal static class AdminBlocks
{
    private const string EmailBlocks = "canonical_email_blocks";

    public static void Map(AdminRoutes routes)
    {
        Map(routes, "domain_blocks", BlockKind.Domain, Permissions.ManageFederation, ReadDomain,
            AdminDomainBlockReply.Of, WebJson.Default.AdminDomainBlockReply,
            WebJson.Default.AdminDomainBlockReplyArray);
        Map(routes, "domain_allows", BlockKind.AllowedDomain, Permissions.ManageFederation,
            (parameters, old) => Named(BlockKind.AllowedDomain, DomainOf(parameters, old), "", old),
            AdminDomainAllowReply.Of, WebJson.Default.AdminDomainAllowReply,
            WebJson.Default.AdminDomainAllowReplyArray);
        Map(routes, "ip_blocks", BlockKind.Ip, Permissions.ManageBlocks, ReadIp, AdminIpBlockReply.Of,
            WebJson.Default.AdminIpBlockReply, WebJson.Default.AdminIpBlockReplyArray);
        Map(routes, "email_domain_blocks", BlockKind.EmailDomain, Permissions.ManageBlocks,
            (parameters, old) => Named(BlockKind.EmailDomain, DomainOf(parameters, old), "", old),
            AdminEmailDomainBlockReply.Of, WebJson.Default.AdminEmailDomainBlockReply,
            WebJson.Default.AdminEmailDomainBlockReplyArray);
        Map(routes, EmailBlocks, BlockKind.Email, Permissions.ManageBlocks,
            (parameters, old) => Named(BlockKind.Email, EmailHashOf(parameters), "", old), AdminEmailBlockReply.Of,
            WebJson.Default.AdminEmailBlockReply, WebJson.Default.AdminEmailBlockReplyArray);
        routes.Post(
            $"/api/v1/admin/{EmailBlocks}/test", "admin:read:" + EmailBlocks, Permissions.ManageBlocks, TestAsync);
    }

    private static void Map<TReply>(
        AdminRoutes routes, string name, BlockKind kind, Permissions needed,
        Func<Parameters, CommunityBlock?, CommunityBlock> read, Func<CommunityBlock, TReply> reply,
        JsonTypeInfo<TReply> one, JsonTypeInfo<TReply[]> many)
    {
        var (path, reading, writing) = ($"/api/v1/admin/{name}", $"admin:read:{name}", $"admin:write:{name}");
        var words = name[..^1].Replace('_', ' ');
        routes.Get(path, reading, needed, ListAsync);
        routes.Get(path + "/{id}", reading, needed, async call =>
            await call.Call.ReplyAsync(reply(await FindAsync(call)), one));
        routes.Post(path, writing, needed, async call =>
            await PutAsync(call, read(await call.Call.ReadParametersAsync(), null), "create"));
        routes.Put(path + "/{id}", writing, needed, async call =>
            await PutAsync(call, read(await call.Call.ReadParametersAsync(), await FindAsync(call)), "update"));
        routes.Delete(path + "/{id}", writing, needed, async call =>
        {
            var removed = await call.Services.Community.RemoveBlock(
                new RemoveBlock(kind, call.Call.NumberInPath()), call.Call.Rpc) ?? throw Faults.NotFound();
            await call.Call.Site.Door.ReadAsync(call.Call.Rpc);
            await call.NoteAsync($"destroy {words}", removed.Value);
            await call.Call.ReplyAsync(ApiCall.EmptyObject);
        });

        async Task ListAsync(AdminCall call)
        {
            var query = call.Call.Query;
            var limit = query.Limit(100, 200);
            var blocks = await call.Services.Community.Blocks(
                new ListBlocks(
                    kind, Before: query.Cursor("max_id"), After: query.Cursor("since_id"), Limit: limit),
                call.Call.Rpc);
            if (blocks.Count > 0) Paging.AddLinks(call.Call, blocks[0].Id, blocks[^1].Id, blocks.Count == limit);
            await call.Call.ReplyAsync([.. blocks.Select(reply)], many);
        }

        async ValueTask<CommunityBlock> FindAsync(AdminCall call)
        {
            var found = await call.Services.Community.Blocks(
                new ListBlocks(kind, Id: call.Call.NumberInPath()), call.Call.Rpc);
            return found is [var block, ..] ? block : throw Faults.NotFound();
        }

        async Task PutAsync(AdminCall call, CommunityBlock block, string verb)
        {
            var put = await call.Services.Community.PutBlock(new PutBlock(block), call.Call.Rpc);
            await call.Call.Site.Door.ReadAsync(call.Call.Rpc);
            await call.NoteAsync($"{verb} {words}", put.Value);
            await call.Call.ReplyAsync(reply(put), one);
        }
    }

    private static async Task TestAsync(AdminCall call)
    {
        var email = (await call.Call.ReadParametersAsync()).Text("email");
        if (string.IsNullOrWhiteSpace(email)) throw Faults.Invalid("Validation failed: email is missing");
        var found = await call.Services.Community.Blocks(
            new ListBlocks(BlockKind.Email, Value: Doorkeeper.HashOf(email)), call.Call.Rpc);
        await call.Call.ReplyAsync(
            [.. found.Select(AdminEmailBlockReply.Of)], WebJson.Default.AdminEmailBlockReplyArray);
    }

    private static CommunityBlock ReadDomain(Parameters parameters, CommunityBlock? old)
    {
        var severity = parameters.Text("severity") is { Length: > 0 } given ? given : old?.Severity ?? "silence";
        if (severity is not ("silence" or "suspend" or "noop"))
            throw Faults.Invalid("Validation failed: Severity is none of silence, suspend, noop");
        var flags = Flag("reject_media", AdminDomainBlockReply.NoMedia)
            | Flag("reject_reports", AdminDomainBlockReply.NoReports)
            | Flag("obfuscate", AdminDomainBlockReply.Obfuscated);
        return Named(BlockKind.Domain, DomainOf(parameters, old), severity, old) with
        {
            Comment = parameters.Text("private_comment") ?? old?.Comment ?? "",
            PublicComment = parameters.Text("public_comment") ?? old?.PublicComment ?? "",
            Flags = flags,
        };

        int Flag(string name, int bit) => parameters.Flag(name) ?? ((old?.Flags ?? 0) & bit) != 0 ? bit : 0;
    }

    private static CommunityBlock ReadIp(Parameters parameters, CommunityBlock? old)
    {
        var severity = parameters.Text("severity") is { Length: > 0 } given ? given : old?.Severity;
        if (severity is not ("sign_up_requires_approval" or "sign_up_block" or "no_access"))
        {
            throw Faults.Invalid(
                "Validation failed: Severity is none of sign_up_requires_approval, sign_up_block, no_access");
        }
        var seconds = parameters.Number("expires_in");
        return Named(BlockKind.Ip, RangeOf(parameters.Text("ip") ?? old?.Value), severity, old) with
        {
            Comment = parameters.Text("comment") ?? old?.Comment ?? "",
            ExpiresAt = seconds > 0
                ? TimeProvider.System.GetUtcNow().AddSeconds(Math.Min(seconds, int.MaxValue))
                : old?.ExpiresAt,
        };
    }

    /// <summary>A range as it is kept: its first address, whichever of its addresses was sent.</summary>
    private static string RangeOf(string? text)
    {
        var parts = (text ?? "").Trim().Split('/');
        if (parts.Length > 2 || !IPAddress.TryParse(parts[0], out var address)) throw NoRange();
        var bytes = address.GetAddressBytes();
        var bits = bytes.Length * 8;
        if (parts.Length == 2
            && (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out bits)
                || bits > bytes.Length * 8))
            throw NoRange();
        for (var bit = bits; bit < bytes.Length * 8; bit++) bytes[bit / 8] &= (byte)~(0x80 >> (bit % 8));
        return string.Create(CultureInfo.InvariantCulture, $"{new IPAddress(bytes)}/{bits}");

        static ServiceException NoRange() =>
            Faults.Invalid("Validation failed: Ip is not a valid IP address, or range such as 10.0.0.0/8");
    }

    private static string DomainOf(Parameters parameters, CommunityBlock? old)
    {
        var domain = (parameters.Text("domain") ?? old?.Value ?? "").Trim().ToLowerInvariant();
        return Uri.CheckHostName(domain) == UriHostNameType.Dns && domain.Length <= 253
            ? domain
            : throw Faults.Invalid("Validation failed: Domain is not a valid domain name");
    }

    private static string EmailHashOf(Parameters parameters)
    {
        if (parameters.Text("canonical_email_hash") is { Length: 64 } hash && hash.All(char.IsAsciiHexDigit))
            return hash.ToLowerInvariant();
        return parameters.Text("email") is { Length: > 0 } email
            ? Doorkeeper.HashOf(email)
            : throw Faults.Invalid("Validation failed: send email, or canonical_email_hash (a SHA-256 in hexadecimal)");
    }

    private static CommunityBlock Named(BlockKind kind, string value, string severity, CommunityBlock? old) =>
        old is null
            ? new CommunityBlock(0, kind, value, severity, "", "", 0, default, null)
            : old with { Value = value, Severity = severity };
}
