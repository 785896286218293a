"""The ladder network in PyTorch, twice: as people write it, and as fast as eager mode and the compiler allow.

Both are the algorithm of Rasmus et al. (2015), section by section in the order of the paper, and both are checked
against the golden files of crates/laddernet/tests/golden (see compare_pytorch.py --check).
"""

import torch
from torch import nn
from torch.nn import functional as F

EPSILON = 1e-10  # added to every variance


class Ladder(nn.Module):
    """The parameters. Weights are [inputs, outputs]; a combinator holds its ten vectors as rows."""

    def __init__(self, sizes, denoising_weights, noise_std=0.3):
        super().__init__()
        self.sizes, self.denoising_weights, self.noise_std = sizes, denoising_weights, noise_std
        pairs = list(zip(sizes[:-1], sizes[1:]))
        self.encoder = nn.ParameterList(torch.randn(m, n) / m**0.5 for m, n in pairs)
        self.bias = nn.ParameterList(torch.zeros(n) for _, n in pairs)
        self.scale = nn.Parameter(torch.ones(sizes[-1]))
        self.decoder = nn.ParameterList(torch.randn(n, m) / n**0.5 for m, n in pairs)
        start = torch.zeros(10)
        start[1] = start[6] = 1.0
        self.combinator = nn.ParameterList(start[:, None].repeat(1, m) for m in sizes)
        # The lowest layer that has a cost: below it, the decoder is not needed.
        self.lowest = next((l for l, w in enumerate(denoising_weights) if w != 0), len(sizes))

    def noise(self, rows):
        """The corruption of a step: one draw for all layers, cut into [rows, m_l]."""
        device = self.encoder[0].device
        flat = torch.randn(rows * sum(self.sizes), device=device, dtype=self.scale.dtype) * self.noise_std
        return [part.view(rows, m) for part, m in zip(flat.split([rows * m for m in self.sizes]), self.sizes)]


def gauss(a, z_tilde, u):
    """The Gauss combinator: a1..a10 are rows of a."""
    mu = a[0] * torch.sigmoid(a[1] * u + a[2]) + a[3] * u + a[4]
    upsilon = a[5] * torch.sigmoid(a[6] * u + a[7]) + a[8] * u + a[9]
    return (z_tilde - mu) * upsilon + mu


# As people write it: layer by layer, path by path, the clean labelled rows included.


def normalise(z):
    mean = z.mean(dim=0)
    var = z.var(dim=0, unbiased=False)
    return (z - mean) / torch.sqrt(var + EPSILON), mean, var


def encode_plain(net, x, labelled, noise):
    """One path; noise is None for the clean one. Returns log-softmax, every z, and the unlabelled moments."""
    h = x if noise is None else x + noise[0]
    zs, moments = [h[labelled:]], [None]
    top = len(net.encoder)
    for l in range(1, top + 1):
        pre = torch.mm(h, net.encoder[l - 1])
        z_l = normalise(pre[:labelled])[0]
        z_u, mean, var = normalise(pre[labelled:])
        z = torch.cat([z_l, z_u])
        if noise is not None:
            z = z + noise[l]
        zs.append(z[labelled:])
        moments.append((mean, var))
        a = z + net.bias[l - 1]
        h = F.relu(a) if l < top else F.log_softmax(net.scale * a, dim=1)
    return h, zs, moments


def costs_plain(net, x_labelled, y, x_unlabelled, noise=None):
    """Supervised cost and each layer's denoising cost before weighting (None where the decoder does not reach)."""
    labelled, top = len(x_labelled), len(net.encoder)
    x = torch.cat([x_labelled, x_unlabelled])
    if noise is None:
        noise = [torch.randn(len(x), m, dtype=x.dtype) * net.noise_std for m in net.sizes]
    log_p, z_tilde, _ = encode_plain(net, x, labelled, noise)
    _, z, moments = encode_plain(net, x, labelled, None)
    denoising = [None] * (top + 1)
    for l in range(top, net.lowest - 1, -1):
        u = normalise(log_p[labelled:].exp() if l == top else torch.mm(z_hat, net.decoder[l]))[0]
        z_hat = gauss(net.combinator[l], z_tilde[l], u)
        if l > 0:
            mean, var = moments[l]
            estimate = (z_hat - mean) / torch.sqrt(var + EPSILON)
        else:
            estimate = z_hat
        denoising[l] = F.mse_loss(estimate, z[l])
    return F.nll_loss(log_p[:labelled], y), denoising


# Tuned: one product for [corrupted labelled; corrupted unlabelled; clean unlabelled], no clean labelled rows,
# fewer and larger operations.


def split_normalise(pre, labelled, unlabelled):
    """Normalises the three segments; returns z of all rows and the moments of the last (clean unlabelled) one."""
    if labelled == unlabelled:
        segments = pre.view(3, labelled, -1)
        # By hand: var_mean over rows and its gradient cost some 4 ms more of an eager step.
        mean = segments.mean(dim=1, keepdim=True)
        centred = segments - mean
        scale = torch.rsqrt((centred * centred).mean(dim=1, keepdim=True) + EPSILON)
        return (centred * scale).view_as(pre), mean[2], scale[2]
    parts = []
    for part in pre.split([labelled, unlabelled, unlabelled]):
        var, mean = torch.var_mean(part, dim=0, correction=0, keepdim=True)
        scale = torch.rsqrt(var + EPSILON)
        parts.append((part - mean) * scale)
    return torch.cat(parts), mean, scale


def gauss_tuned(a, z_tilde, u):
    a1, a2, a3, a4, a5, a6, a7, a8, a9, a10 = a.unbind()
    mu = torch.addcmul(torch.addcmul(a5, a4, u), a1, torch.sigmoid(torch.addcmul(a3, a2, u)))
    upsilon = torch.addcmul(torch.addcmul(a10, a9, u), a6, torch.sigmoid(torch.addcmul(a8, a7, u)))
    return torch.addcmul(mu, z_tilde - mu, upsilon)


def costs_tuned(net, x_labelled, y, x_unlabelled, noise=None):
    """The same costs with less work; see the comment above."""
    labelled, unlabelled, top = len(x_labelled), len(x_unlabelled), len(net.encoder)
    corrupted = labelled + unlabelled
    if noise is None:
        noise = net.noise(corrupted)
    x = torch.cat([x_labelled, x_unlabelled])
    h = torch.cat([x + noise[0], x_unlabelled])
    z_tilde, z, moments = [h[labelled:corrupted]], [x_unlabelled], [None]
    for l in range(1, top + 1):
        n, mean, scale = split_normalise(torch.mm(h, net.encoder[l - 1]), labelled, unlabelled)
        noisy = n[:corrupted] + noise[l]
        z_tilde.append(noisy[labelled:])
        z.append(n[corrupted:])
        moments.append((mean, scale))
        if l < top:
            h = F.relu(torch.cat([noisy, n[corrupted:]]) + net.bias[l - 1])
        else:
            log_p = F.log_softmax(net.scale * (noisy + net.bias[l - 1]), dim=1)
    denoising = [None] * (top + 1)
    for l in range(top, net.lowest - 1, -1):
        u = log_p[labelled:].exp() if l == top else torch.mm(z_hat, net.decoder[l])
        u = F.batch_norm(u, None, None, training=True, eps=EPSILON)
        z_hat = gauss_tuned(net.combinator[l], z_tilde[l], u)
        estimate = (z_hat - moments[l][0]) * moments[l][1] if l > 0 else z_hat
        denoising[l] = F.mse_loss(estimate, z[l])
    return F.nll_loss(log_p[:labelled], y), denoising


def total(net, costs):
    """The cost that is trained: the supervised one plus the weighted denoising costs."""
    supervised, denoising = costs
    return supervised + sum(w * c for w, c in zip(net.denoising_weights, denoising) if w != 0)
